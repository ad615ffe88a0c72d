//! Trees of statements, at random.

use jiff::civil;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::super::ast::{
    Aggregate, Call, CategorySelector, Comparison, Condition, DataCategory, DatePart, Direction,
    Distance, Expression, FieldSet, Function, Grouping, GroupingKind, Item, Location, Name, Nulls,
    Ordering, Path, Purpose, Query, Selection, Setting, Source, Statistic, TypeOf, Unit, Value,
    When, With,
};
use super::super::super::date_literal::RelativeDate;
use super::super::super::literal::Literal;
use super::super::super::text::Text;

/// Words that are no names.
const KEYWORDS: [&str; 11] = [
    "AS", "ASC", "BY", "DESC", "FOR", "IN", "NOT", "NULL", "OR", "AND", "LIKE",
];

fn word() -> impl Strategy<Value = String> {
    let plain = "[A-Za-z][A-Za-z0-9_é]{0,8}(__c)?";
    // Keywords that are names, too.
    let known = select(vec![
        "offset", "view", "Case", "order", "When", "data", "count", "FIELDS", "typeof", "All",
        "Rows", "scope", "set", "TODAY",
    ]);
    let is_name = |word: &String| {
        !KEYWORDS
            .iter()
            .any(|keyword| keyword.eq_ignore_ascii_case(word))
    };
    prop_oneof![4 => plain.prop_filter("a keyword", is_name), 1 => known.prop_map(str::to_owned)]
}

fn name() -> impl Strategy<Value = Name> {
    word().prop_map(|text| Name { text, at: 0 })
}

/// A word that is no keyword at all.
fn scope() -> impl Strategy<Value = Name> {
    let scopes = vec!["everything", "mine", "Delegated", "my_territory"];
    select(scopes).prop_map(|text| Name {
        text: text.to_owned(),
        at: 0,
    })
}

/// The word GROUP is none of them.
fn alias() -> impl Strategy<Value = Option<Name>> {
    option::weighted(0.3, name())
}

fn path() -> impl Strategy<Value = Path> {
    (vec(word(), 0..3), word()).prop_map(|(parents, field)| Path {
        parents,
        field,
        at: 0,
    })
}

fn call(function: Function, argument: Expression) -> Expression {
    Expression::Call(Call {
        function,
        argument: Box::new(argument),
        at: 0,
    })
}

/// A field, or a function of one or two levels.
fn expression() -> impl Strategy<Value = Expression> {
    let functions = vec![
        Function::Aggregate(Aggregate::Count),
        Function::Aggregate(Aggregate::CountDistinct),
        Function::Date(DatePart::CalendarYear),
        Function::Date(DatePart::DayOnly),
        Function::ToLabel,
        Function::ConvertCurrency,
        Function::Grouping,
    ];
    let nested = select(vec![
        (Function::Format, Function::Aggregate(Aggregate::Minimum)),
        (Function::Format, Function::ConvertCurrency),
        (
            Function::Date(DatePart::HourInDay),
            Function::ConvertTimezone,
        ),
    ]);
    prop_oneof![
        4 => path().prop_map(Expression::Field),
        2 => (select(functions), path())
            .prop_map(|(function, path)| call(function, Expression::Field(path))),
        1 => (nested, path()).prop_map(|((outer, inner), path)| {
            call(outer, call(inner, Expression::Field(path)))
        }),
    ]
}

fn distance() -> impl Strategy<Value = Expression> {
    let degrees = -180.0..180.0_f64;
    let to = prop_oneof![
        path().prop_map(Location::Field),
        (degrees.clone(), degrees).prop_map(|(latitude, longitude)| Location::Coordinates {
            latitude,
            longitude,
        }),
    ];
    let unit = select(vec![Unit::Kilometres, Unit::Miles]);
    (path(), to, unit).prop_map(|(from, to, unit)| {
        Expression::Distance(Distance {
            from,
            to,
            unit,
            at: 0,
        })
    })
}

fn text(like: bool) -> impl Strategy<Value = Literal> {
    let raw = prop_oneof![
        any::<String>().prop_map(|raw| raw.replace('\\', "\\\\").replace('\n', "\\n")),
        "([a%_]|\\\\[nrtbf'\"]|\\\\\\\\|\\\\u00[25][5f]|é|🍊){0,9}",
    ];
    raw.prop_map(move |raw| Literal::Text(Text::read(&raw, like).expect("a string")))
}

fn literal() -> impl Strategy<Value = Literal> {
    let relative = (
        select(vec![
            "LAST_N_DAYS",
            "NEXT_N_WEEKS",
            "N_MONTHS_AGO",
            "LAST_N_YEARS",
        ]),
        any::<u32>(),
    );
    let counted =
        |(word, number)| Literal::Relative(RelativeDate::counted(word, number).expect("a literal"));
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        text(false),
        any::<i64>().prop_map(Literal::Integer),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(Literal::Double),
        ("[A-Z]{3}", -1e9..1e9_f64).prop_map(|(code, amount)| Literal::Currency { code, amount }),
        (1700..=4000_i16, 1..=12_i8, 1..=28_i8)
            .prop_map(|(year, month, day)| Literal::Date(civil::date(year, month, day))),
        (-8_520_336_000_000..64_092_211_200_000_i64).prop_map(Literal::DateTime),
        (0..24_i8, 0..60_i8, 0..60_i8, 0..1_000_i32).prop_map(|(hour, minute, second, ms)| {
            Literal::Time(civil::time(hour, minute, second, ms * 1_000_000))
        }),
        relative.prop_map(counted),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    literal().prop_map(|literal| Value { literal, at: 0 })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ])
}

fn leaf() -> impl Strategy<Value = Condition> {
    let compared = prop_oneof![3 => expression(), 1 => distance()];
    let like = (expression(), text(true)).prop_map(|(subject, literal)| Condition::Compare {
        subject,
        comparison: Comparison::Like,
        value: Value { literal, at: 0 },
    });
    prop_oneof![
        3 => (compared, comparison(), value()).prop_map(|(subject, comparison, value)| {
            Condition::Compare { subject, comparison, value }
        }),
        1 => like,
        1 => (expression(), any::<bool>(), vec(value(), 1..4)).prop_map(
            |(subject, negated, values)| Condition::In { subject, negated, values }
        ),
        1 => (expression(), any::<bool>(), vec(value(), 1..4)).prop_map(
            |(subject, negated, values)| Condition::Includes { subject, negated, values }
        ),
        1 => (expression(), any::<bool>(), semi_join()).prop_map(|(subject, negated, query)| {
            Condition::InQuery { subject, negated, query: Box::new(query) }
        }),
    ]
}

fn semi_join() -> impl Strategy<Value = Query> {
    (path(), source(), option::of(scope()), option::of(value())).prop_map(
        |(path, source, scope, value)| {
            let item = Item::Value {
                expression: Expression::Field(path.clone()),
                alias: None,
            };
            let mut query = Query::new(Selection::Members(vec![item]), source);
            query.scope = scope;
            query.condition = value.map(|value| Condition::Compare {
                subject: Expression::Field(path),
                comparison: Comparison::Equal,
                value,
            });
            query
        },
    )
}

fn condition() -> impl Strategy<Value = Condition> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Condition::And),
            vec(inner.clone(), 2..4).prop_map(Condition::Or),
            inner.prop_map(|operand| Condition::Not(Box::new(operand))),
        ]
    })
}

fn source() -> impl Strategy<Value = Source> {
    (vec(name(), 0..2), name(), alias()).prop_map(|(parents, name, alias)| Source {
        parents,
        name,
        alias,
    })
}

fn setting(literals: Vec<Literal>) -> impl Strategy<Value = Setting> {
    (name(), prop_oneof![select(literals), text(false)])
        .prop_map(|(name, literal)| Setting { name, literal })
}

fn with() -> impl Strategy<Value = Vec<With>> {
    let selector = select(vec![
        CategorySelector::At,
        CategorySelector::Above,
        CategorySelector::Below,
        CategorySelector::AboveOrBelow,
    ]);
    let category =
        (name(), selector, vec(name(), 1..3)).prop_map(|(group, selector, categories)| {
            DataCategory {
                group,
                selector,
                categories,
            }
        });
    let first = prop_oneof![
        vec(category, 1..3).prop_map(With::DataCategory),
        (name(), text(false)).prop_map(|(name, literal)| With::Setting(Setting { name, literal })),
    ];
    let literals = vec![Literal::Boolean(true), Literal::Integer(100)];
    let later = prop_oneof![
        name().prop_map(With::Mode),
        (name(), vec(setting(literals), 1..3))
            .prop_map(|(name, settings)| With::Settings { name, settings }),
    ];
    (option::weighted(0.2, first), vec(later, 0..2))
        .prop_map(|(first, later)| first.into_iter().chain(later).collect())
}

fn type_of() -> impl Strategy<Value = Item> {
    let case = (name(), vec(path(), 1..3)).prop_map(|(sobject, fields)| When { sobject, fields });
    (path(), vec(case, 1..3), vec(path(), 0..3)).prop_map(|(relationship, cases, otherwise)| {
        Item::TypeOf(TypeOf {
            relationship,
            cases,
            otherwise,
            at: 0,
        })
    })
}

fn item() -> impl Strategy<Value = Item> {
    let set = select(vec![FieldSet::All, FieldSet::Standard, FieldSet::Custom]);
    prop_oneof![
        6 => (expression(), alias()).prop_map(|(expression, alias)| Item::Value {
            // Only functions have second names in every statement.
            alias: alias.filter(|_| !expression.is_field()),
            expression,
        }),
        1 => distance().prop_map(|expression| Item::Value { expression, alias: None }),
        1 => set.prop_map(|set| Item::Fields { set, at: 0 }),
        1 => type_of(),
    ]
}

fn grouping() -> impl Strategy<Value = Grouping> {
    let kind = select(vec![
        GroupingKind::Plain,
        GroupingKind::Rollup,
        GroupingKind::Cube,
    ]);
    (kind, vec(expression(), 1..3)).prop_map(|(kind, by)| Grouping { kind, by })
}

fn ordering() -> impl Strategy<Value = Ordering> {
    let direction = select(vec![Direction::Ascending, Direction::Descending]);
    let nulls = select(vec![Nulls::First, Nulls::Last]);
    let by = prop_oneof![3 => expression(), 1 => distance()];
    (by, direction, nulls).prop_map(|(expression, direction, nulls)| Ordering {
        expression,
        direction,
        nulls,
    })
}

fn purposes() -> impl Strategy<Value = Vec<Purpose>> {
    select(vec![
        vec![],
        vec![],
        vec![Purpose::View],
        vec![Purpose::Update],
        vec![Purpose::Reference, Purpose::Update],
    ])
}

/// A statement whose SELECT list has `children` beside other items.
fn level(children: impl Strategy<Value = Vec<Item>>) -> impl Strategy<Value = Query> {
    let selection = (vec(item(), 1..4), children).prop_map(|(mut items, children)| {
        items.extend(children);
        Selection::Members(items)
    });
    let selection = prop_oneof![9 => selection, 1 => Just(Selection::Count)];
    let statistics = vec(select(vec![Statistic::Tracking, Statistic::ViewStat]), 0..2);
    let head = (selection, source(), option::weighted(0.2, scope()));
    let middle = (
        option::of(condition()),
        with(),
        option::weighted(0.3, (grouping(), option::of(condition()))),
    );
    let tail = (
        vec(ordering(), 0..3),
        option::of(0..i64::MAX as u64),
        option::of(0..=2_000_u64),
        purposes(),
        statistics,
    );
    (head, middle, tail).prop_map(|(head, middle, tail)| {
        let mut query = Query::new(head.0, head.1);
        query.scope = head.2;
        (query.condition, query.with, _) = (middle.0, middle.1, ());
        if let Some((group, having)) = middle.2 {
            query.group = Some(group);
            query.having = having;
        }
        (
            query.order,
            query.limit,
            query.offset,
            query.purposes,
            query.statistics,
        ) = tail;
        query
    })
}

/// A statement with children and their children.
pub(super) fn query() -> impl Strategy<Value = Query> {
    let grandchildren = vec(
        level(Just(Vec::new())).prop_map(|query| Item::Children(Box::new(query))),
        0..2,
    );
    let children = vec(
        level(grandchildren).prop_map(|query| Item::Children(Box::new(query))),
        0..2,
    );
    let options = setting(vec![Literal::Boolean(false)]);
    (
        level(children),
        vec(source(), 0..2),
        any::<bool>(),
        vec(options, 0..2),
    )
        .prop_map(|(mut query, further, all_rows, options)| {
            query.further = further;
            query.all_rows = all_rows;
            query.options = options;
            query
        })
}

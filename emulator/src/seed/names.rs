//! Invented names. Any likeness to a real company or person is chance.

pub(super) const USERS: [(&str, &str, &str); 4] = [
    ("Integration", "User", "Runs the app"),
    ("Wilhelmina", "Ashgrove", "Head of Sales"),
    ("Casimir", "Underhill", "Account Executive"),
    ("Noor", "Featherstone", "Account Executive"),
];

pub(super) const CITIES: [&str; 6] = [
    "Port Amber",
    "Marrowdale",
    "Sankt Elm",
    "Lower Quay",
    "Tidewell",
    "Ostermoor",
];

/// Products and their families.
pub(super) const PRODUCTS: [(&str, &str); 8] = [
    ("Astrolabe", "Instruments"),
    ("Brass Sextant", "Instruments"),
    ("Lamp Oil", "Supplies"),
    ("Sailcloth", "Supplies"),
    ("Compass Adjustment", "Service"),
    ("Tide Tables", "Supplies"),
    ("Pocket Chronometer", "Instruments"),
    ("Hull Inspection", "Service"),
];

pub(super) const CAMPAIGNS: [&str; 4] = [
    "Harbour Fair",
    "Lantern Night",
    "Letters to Cartographers",
    "Autumn Regatta",
];

pub(super) const SUBJECTS: [&str; 5] = [
    "The needle points south",
    "Oil arrived as vinegar",
    "How do I fold the map?",
    "Sextant squeaks in \"damp\" weather",
    "Wrong tide: high, not low",
];

pub(super) const STAGES: [(&str, f64); 5] = [
    ("Prospecting", 10.0),
    ("Proposal", 50.0),
    ("Negotiation", 80.0),
    ("Closed Won", 100.0),
    ("Closed Lost", 0.0),
];

/// Names that clients have tripped over: an apostrophe, characters outside the
/// Basic Multilingual Plane, a wildcard, a backslash, markup.
const AWKWARD: [&str; 5] = [
    "O'Quill & Daughters",
    "Étoile Marmalade 🍊 東雲",
    "Fifty % Off_Cuts",
    r"Back\slash Brothers",
    "<Angle> \"Quote\" Works",
];

const FIRST: [&str; 20] = [
    "Brindlewick",
    "Quillmere",
    "Thornabee",
    "Larkspindle",
    "Ottershaw",
    "Fennimoor",
    "Glimmerfold",
    "Pennywhistle",
    "Rookhaven",
    "Saltmarrow",
    "Tanglewick",
    "Umberlain",
    "Vintersby",
    "Wobblethorpe",
    "Yarrowgate",
    "Zephyrstone",
    "Applecrest",
    "Candlemoor",
    "Driftwillow",
    "Emberlode",
];

const SECOND: [&str; 12] = [
    "Foundry",
    "Timber",
    "Orchards",
    "Kites",
    "Lanterns",
    "Instruments",
    "Bakery",
    "Cartography",
    "Ropeworks",
    "Clockmakers",
    "Ferries",
    "Glassworks",
];

const GIVEN: [&str; 12] = [
    "Ada", "Bram", "Chidi", "Dagny", "Émile", "Farah", "Goran", "Hana", "Ines", "Jun", "Kofi",
    "Liesl",
];

const FAMILY: [&str; 10] = [
    "Abernook",
    "Birchwhistle",
    "O'Dell-Varga",
    "Dunmarrow",
    "Eastlake",
    "Fjordsen",
    "Garrowby",
    "Hollinsgate",
    "Ivorsson",
    "Jackdaw",
];

/// The `n`th account's name; no two are the same.
pub(super) fn account(n: usize) -> String {
    if let Some(name) = n.checked_sub(1).and_then(|index| AWKWARD.get(index)) {
        return (*name).to_owned();
    }
    let first = FIRST[n % FIRST.len()];
    let second = SECOND[n / FIRST.len() % SECOND.len()];
    match n / (FIRST.len() * SECOND.len()) {
        0 => format!("{first} {second}"),
        round => format!("{first} {second} {}", round + 1),
    }
}

/// The `n`th contact's given and family name.
pub(super) fn person(n: usize) -> (&'static str, &'static str) {
    (
        GIVEN[n % GIVEN.len()],
        FAMILY[n / GIVEN.len() % FAMILY.len()],
    )
}

/// A text of several lines.
pub(super) fn description(n: usize) -> String {
    format!("Account number {n}.\nSecond line\twith a tab,\r\nthird line; \"quoted\", and a comma.")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_accounts_share_a_name() {
        let names: HashSet<String> = (0..5_000).map(account).collect();
        assert_eq!(names.len(), 5_000);
    }
}

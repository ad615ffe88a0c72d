use super::fields::Field;
use super::typed::Value;
use super::*;

fn field(key: &str, value: &str) -> Field {
    Field {
        key: key.to_owned(),
        value: Value::Text(value.to_owned()),
    }
}

fn composed_of(method: Method, fields: &[Field], body: Option<&str>) -> Request {
    let body = body.map(|body| body.as_bytes().to_vec());
    composed(method, "x", Vec::new(), fields, body).unwrap()
}

#[test]
fn fields_become_the_body_or_the_query_string() {
    let fields = [field("a", "b c")];
    for method in [Method::Post, Method::Patch, Method::Put] {
        let request = composed_of(method, &fields, None);
        assert_eq!(
            (request.path.as_str(), request.body.as_slice()),
            ("x", &b"{\"a\":\"b c\"}"[..])
        );
        let with_body = composed_of(method, &fields, Some("y"));
        assert_eq!(
            (with_body.path.as_str(), with_body.body.as_slice()),
            ("x?a=b%20c", &b"y"[..])
        );
    }
    for method in [Method::Get, Method::Head, Method::Delete, Method::Options] {
        let request = composed_of(method, &fields, None);
        assert_eq!(
            (request.path.as_str(), request.body.as_slice()),
            ("x?a=b%20c", &b""[..])
        );
    }
}

#[test]
fn a_body_is_json_unless_a_header_says_otherwise() {
    let json = ("Content-Type".to_owned(), "application/json".to_owned());
    assert_eq!(
        composed_of(Method::Post, &[field("a", "b")], None).headers,
        std::slice::from_ref(&json)
    );
    assert_eq!(composed_of(Method::Put, &[], Some("{}")).headers, [json]);
    for (method, body) in [
        (Method::Post, None),
        (Method::Post, Some("")),
        (Method::Get, None),
    ] {
        assert!(composed_of(method, &[], body).headers.is_empty());
    }
    let csv = [("content-type".to_owned(), "text/csv".to_owned())];
    let request = composed(Method::Put, "x", csv.to_vec(), &[], Some(b"a".to_vec())).unwrap();
    assert_eq!(request.headers, csv);
}

use super::*;

fn names(scheme: &'static str, public_url: Option<&str>) -> Names {
    Names {
        host: "acme.my.salesforce.com".to_owned(),
        aliases: vec!["emulator".to_owned(), "[fd00::2]".to_owned()],
        scheme,
        port: 8_443,
        public_url: public_url.map(|url| PublicUrl::parse(url).expect(url)),
    }
}

fn asked(names: &Names, authority: &str) -> String {
    let authority = Authority::parse(authority).expect(authority);
    names.url(&authority).into_owned()
}

#[test]
fn an_answer_names_what_the_client_asked_by() {
    let (tls, plain) = (names("https", None), names("http", None));
    for authority in [
        "127.0.0.1:8443",
        "localhost:8443",
        "[::1]:8443",
        "emulator:8443",
        "[fd00::2]:8443",
        // Led here from another port, as that of a container is.
        "localhost:9000",
        "localhost",
        "acme.my.salesforce.com:8443",
    ] {
        assert_eq!(asked(&tls, authority), format!("https://{authority}"));
        assert_eq!(asked(&plain, authority), format!("http://{authority}"));
    }
}

#[test]
fn a_client_that_is_led_here_is_answered_as_at_salesforce() {
    let own = "acme.my.salesforce.com";
    let tls = names("https", None);
    for authority in [own, "ACME.my.salesforce.com", "acme.my.salesforce.com:443"] {
        assert_eq!(asked(&tls, authority), format!("https://{own}"));
    }
    // No other client could find it without the port.
    let plain = names("http", None);
    assert_eq!(asked(&plain, own), format!("http://{own}:8443"));
    assert_eq!(plain.own_url(), format!("http://{own}:8443"));
}

#[test]
fn no_answer_names_a_host_that_is_not_the_orgs() {
    let names = names("https", None);
    for authority in ["login.salesforce.com", "evil.example", "evil.example:1"] {
        assert_eq!(asked(&names, authority), "https://acme.my.salesforce.com");
    }
}

#[test]
fn a_public_url_is_in_every_answer_and_its_host_is_one_of_the_names() {
    let names = names("http", Some("HTTPS://Org.example:1234/"));
    for authority in ["127.0.0.1:8443", "acme.my.salesforce.com", "org.example"] {
        assert_eq!(asked(&names, authority), "https://org.example:1234");
    }
    assert_eq!(names.own_url(), "https://org.example:1234");
    assert!(names.include("org.example"));
    assert!(!names.include("other.example"));
}

#[test]
fn a_public_url_is_an_origin() {
    for text in [
        "",
        "acme.my.salesforce.com",
        "ftp://acme.example",
        "https://",
        "https:///",
        "https://acme.example/x",
        "https://acme.example//",
        "https://acme.example?x",
        "https://acme.example#x",
        "https://user@acme.example",
        "https://acme.example:65536",
        " https://acme.example",
    ] {
        assert_eq!(PublicUrl::parse(text), None, "{text}");
    }
}

#[test]
fn every_name_is_listed_once() {
    let list = names("https", Some("https://acme.my.salesforce.com")).list();
    assert_eq!(
        list,
        "acme.my.salesforce.com, emulator, [fd00::2], localhost, 127.0.0.1 and [::1]"
    );
}

#[test]
fn a_further_name_is_a_dns_name_or_an_address() {
    let label = "a".repeat(LABEL_MAX);
    let longest = format!(
        "{label}.{label}.{label}.{}",
        "a".repeat(HOST_MAX - 3 * (LABEL_MAX + 1))
    );
    for (text, name) in [
        ("Emulator", "emulator"),
        ("salesforce_org", "salesforce_org"),
        ("org.internal", "org.internal"),
        ("10.0.0.7", "10.0.0.7"),
        ("fd00:0::7", "[fd00::7]"),
        ("[fd00::7]", "[fd00::7]"),
        (longest.as_str(), longest.as_str()),
    ] {
        assert_eq!(alias(text).as_deref(), Some(name), "{text}");
    }
    for text in [
        "",
        "*.example",
        "org.example:8443",
        "https://org.example",
        "org.example/",
        "org.example.",
        "user@org",
        "-org",
        "bücher.example",
        "10.0.0.256",
        "[10.0.0.7]",
        "fd00::7%eth0",
        &format!("{longest}a"),
        &format!("{label}a"),
    ] {
        assert_eq!(alias(text), None, "{text}");
    }
}

#[test]
fn a_my_domain_is_made_of_labels() {
    let label = "a".repeat(LABEL_MAX);
    let longest = format!(
        "{label}.{label}.{label}.{}",
        "a".repeat(MY_DOMAIN_MAX - 3 * (LABEL_MAX + 1))
    );
    for (text, valid) in [
        ("acme.my", true),
        ("acme--dev.sandbox.my", true),
        (longest.as_str(), true),
        (&format!("{longest}a"), false),
        (&format!("{label}a"), false),
        ("", false),
        ("acme..my", false),
        ("evil.example/", false),
        ("-acme", false),
        ("acme_", false),
        ("é", false),
    ] {
        assert_eq!(is_my_domain(text), valid, "{text}");
    }
}

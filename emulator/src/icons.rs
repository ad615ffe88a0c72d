//! The icons and colours of objects.
//!
//! Source: REST API Developer Guide, "Themes" and "Get Tabs", for the shape and
//! for accounts; the Lightning Design System for the colours of other standard
//! objects. The images do not exist here.

use serde_json::{Value, json};

use crate::objects::Object;

/// The colour of what has none of its own.
const OTHER: &str = "8199AF";

/// The colours of one object, for the theme of the mobile client and Lightning
/// and for that of the classic interface.
pub(crate) fn colors(object: &Object) -> Value {
    let lightning = match object.name.as_str() {
        "Account" => "6f7ccb",
        "Contact" => "A094ED",
        "Opportunity" => "FCB95B",
        "Lead" => "F88962",
        "Case" => "F2CF5B",
        "Campaign" => "F49756",
        _ => OTHER,
    };
    json!([
        {"color": lightning, "context": "primary", "theme": "theme4"},
        {"color": "236FBD", "context": "primary", "theme": "theme3"},
    ])
}

/// The icons of one object, below the org's URL.
pub(crate) fn icons(object: &Object, url: &str) -> Value {
    let stem = stem(object);
    let kind = if object.is_custom() {
        "custom"
    } else {
        "standard"
    };
    let icon = |path: String, content_type: &str, theme: &str, pixels: u32| {
        json!({
            "contentType": content_type,
            "height": pixels,
            "theme": theme,
            "url": format!("{url}/img/icon/{path}"),
            "width": pixels,
        })
    };
    let png = "image/png";
    json!([
        icon(format!("{stem}32.png"), png, "theme3", 32),
        icon(format!("{stem}16.png"), png, "theme3", 16),
        icon(
            format!("t4/{kind}/{stem}.svg"),
            "image/svg+xml",
            "theme4",
            0
        ),
        icon(format!("t4/{kind}/{stem}_60.png"), png, "theme4", 60),
        icon(format!("t4/{kind}/{stem}_120.png"), png, "theme4", 120),
    ])
}

/// The URL of an object's icon of that many pixels.
pub(crate) fn icon_url(object: &Object, url: &str, pixels: u32) -> String {
    format!("{url}/img/icon/{}{pixels}.png", stem(object))
}

/// How the names of an object's images begin.
fn stem(object: &Object) -> String {
    if object.is_custom() {
        "custom1".to_owned()
    } else {
        object.name.to_lowercase()
    }
}

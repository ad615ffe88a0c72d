//! A crate that becomes a component.

/// A crate of the workspace, and what its component is called.
#[derive(Clone, Copy)]
pub(crate) struct Guest {
    pub(crate) package: &'static str,
    pub(crate) library: &'static str,
    /// The crate's features, if it needs any.
    pub(crate) features: Option<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// Arguments of the compiler beyond those of the profile.
    pub(crate) arguments: &'static [&'static str],
}

/// The product.
pub(crate) const SFBOX: Guest = Guest {
    package: "sfbox-guest",
    library: "sfbox_guest",
    features: None,
    name: "sfbox",
    description: "Salesforce for components: login, a session shared by the fleet, queries",
    arguments: &[],
};

/// What a component is compiled with when its speed and its size do not matter: the
/// last step of its build takes a quarter of the time.
pub(crate) const QUICKLY: &[&str] = &["-Copt-level=1", "-Ccodegen-units=16"];

/// The product, for a first look. Under a name of its own: no other build embeds it.
pub(crate) const SFBOX_QUICKLY: Guest = Guest {
    name: "sfbox-first-look",
    arguments: QUICKLY,
    ..SFBOX
};

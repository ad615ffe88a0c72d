//! Leads a component's requests to the emulator.
//!
//! A host that is not ours has names and certificate authorities of its own, which
//! know nothing of an org on loopback. Composed between the component and the host,
//! this one sends each request on as plain HTTP to the address in [`VARIABLE`]; the
//! component is as it is shipped, and believes that it speaks with Salesforce.

#[cfg(feature = "wasi-0-2")]
mod wasi_0_2;
#[cfg(not(feature = "wasi-0-2"))]
mod wasi_0_3;

/// The environment variable with the emulator's address, as `127.0.0.1:8080`.
pub const VARIABLE: &str = "SFBOX_DETOUR";

/// The address among a component's variables.
fn address(environment: Vec<(String, String)>) -> Option<String> {
    let mut variables = environment.into_iter();
    Some(variables.find(|(name, _)| name == VARIABLE)?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_variable_of_that_name_and_no_other() {
        let variables = |names: &[&str]| {
            let named = |name: &&str| ((*name).to_owned(), format!("value of {name}"));
            names.iter().map(named).collect()
        };
        assert_eq!(address(variables(&["SFBOX_DETOURS"])), None);
        let both = variables(&["HOME", VARIABLE]);
        assert_eq!(address(both).as_deref(), Some("value of SFBOX_DETOUR"));
    }
}

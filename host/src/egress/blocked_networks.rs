//! Which addresses are never dialled, whatever name led to them. Pure.
//!
//! A permitted name can resolve to anything, 169.254.169.254 included, where
//! clouds hand out credentials. So addresses are judged after DNS, in their
//! canonical form: an IPv4 address inside an IPv6 one is judged as itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: an address, and how many of its first bits count.
type Network<Address> = (Address, u8);

/// IANA's IPv4 special-purpose address registry (RFC 6890, as of October 2025), and
/// multicast (RFC 5771). The registry calls a few of these globally reachable, such as
/// the anycast networks of AS112: they are blocked like the others, because no org is
/// in any of them.
const BLOCKED_V4: [Network<Ipv4Addr>; 18] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network, RFC 791
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private use, RFC 1918
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared by a carrier's customers, RFC 6598
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback, RFC 1122
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, RFC 3927
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private use, RFC 1918
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // IETF protocol assignments, RFC 6890
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation, RFC 5737
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112, RFC 7535
    (Ipv4Addr::new(192, 52, 193, 0), 24), // automatic multicast tunneling, RFC 7450
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays, deprecated, RFC 7526; and 6a44, RFC 6751
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private use, RFC 1918
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112, RFC 7534
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarking, RFC 2544
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation, RFC 5737
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation, RFC 5737
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast, RFC 5771
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, RFC 1112; and limited broadcast, RFC 919
];

/// The part of IPv6 that is routed on the public internet. Outside of it are loopback,
/// unique local and link-local addresses, multicast, discard-only (100::/64, RFC 6666)
/// and dummy addresses (100:0:0:1::/64, RFC 9780), local NAT64 (64:ff9b:1::/48, RFC
/// 8215), and segment routing (5f00::/16, RFC 9602).
const GLOBAL_V6: Network<Ipv6Addr> = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What IANA's IPv6 special-purpose address registry (RFC 6890, as of October 2025) has
/// within [`GLOBAL_V6`]. 6to4 (2002::/16, RFC 3056) is judged by the address inside.
const BLOCKED_V6: [Network<Ipv6Addr>; 4] = [
    // IETF protocol assignments, RFC 2928: Teredo, benchmarking, ORCHID, and others.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation, RFC 3849.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // AS112, RFC 7534.
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    // Documentation, RFC 9637.
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether `address` is not of the public internet.
pub(super) fn is_blocked(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_blocked_v4(address),
        IpAddr::V6(address) => {
            embedded_v4(address).map_or_else(|| is_blocked_v6(address), is_blocked_v4)
        }
    }
}

fn is_blocked_v4(address: Ipv4Addr) -> bool {
    let within = |(network, bits): &Network<Ipv4Addr>| {
        let differing = u32::from(address) ^ u32::from(*network);
        differing.leading_zeros() >= u32::from(*bits)
    };
    BLOCKED_V4.iter().any(within)
}

fn is_blocked_v6(address: Ipv6Addr) -> bool {
    let within = |(network, bits): &Network<Ipv6Addr>| {
        let differing = u128::from(address) ^ u128::from(*network);
        differing.leading_zeros() >= u32::from(*bits)
    };
    !within(&GLOBAL_V6) || BLOCKED_V6.iter().any(within)
}

/// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291), 6to4
/// (RFC 3056), NAT64 (RFC 6052).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(v4(high, low))
        }
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_blocked_in_every_spelling() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "100::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:a9fe:a9fe",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "::ffff:192.88.99.1",
            "64:ff9b::c058:6301",
            "2002:c058:6301::",
        ] {
            assert!(is_blocked(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn public_addresses_are_not() {
        for address in [
            "1.1.1.1",
            "13.108.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert!(!is_blocked(address.parse().unwrap()), "{address}");
        }
    }

    /// The first and the last address of each network of the registries, and their
    /// neighbours outside.
    #[expect(clippy::too_many_lines, reason = "a table")]
    #[test]
    fn a_network_of_the_registries_is_blocked_from_its_first_address_to_its_last() {
        for (before, first, last, after) in [
            ("", "0.0.0.0", "0.255.255.255", "1.0.0.0"),
            ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
            (
                "100.63.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "100.128.0.0",
            ),
            (
                "126.255.255.255",
                "127.0.0.0",
                "127.255.255.255",
                "128.0.0.0",
            ),
            (
                "169.253.255.255",
                "169.254.0.0",
                "169.254.255.255",
                "169.255.0.0",
            ),
            (
                "172.15.255.255",
                "172.16.0.0",
                "172.31.255.255",
                "172.32.0.0",
            ),
            ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"),
            ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
            (
                "192.31.195.255",
                "192.31.196.0",
                "192.31.196.255",
                "192.31.197.0",
            ),
            (
                "192.52.192.255",
                "192.52.193.0",
                "192.52.193.255",
                "192.52.194.0",
            ),
            (
                "192.88.98.255",
                "192.88.99.0",
                "192.88.99.255",
                "192.88.100.0",
            ),
            (
                "192.167.255.255",
                "192.168.0.0",
                "192.168.255.255",
                "192.169.0.0",
            ),
            (
                "192.175.47.255",
                "192.175.48.0",
                "192.175.48.255",
                "192.175.49.0",
            ),
            (
                "198.17.255.255",
                "198.18.0.0",
                "198.19.255.255",
                "198.20.0.0",
            ),
            (
                "198.51.99.255",
                "198.51.100.0",
                "198.51.100.255",
                "198.51.101.0",
            ),
            (
                "203.0.112.255",
                "203.0.113.0",
                "203.0.113.255",
                "203.0.114.0",
            ),
            ("223.255.255.255", "224.0.0.0", "255.255.255.255", ""),
            ("", "::", "1fff:ffff::", "2000::"),
            ("2000:ffff::", "2001::", "2001:1ff:ffff::", "2001:200::"),
            (
                "2001:db7:ffff::",
                "2001:db8::",
                "2001:db8:ffff::",
                "2001:db9::",
            ),
            (
                "2620:4f:7fff::",
                "2620:4f:8000::",
                "2620:4f:8000:ffff::",
                "2620:4f:8001::",
            ),
            ("3ffe:ffff::", "3fff::", "3fff:fff:ffff::", "3fff:1000::"),
            ("3fff:ffff::", "4000::", "ffff::", ""),
        ] {
            for blocked in [first, last] {
                assert!(is_blocked(blocked.parse().unwrap()), "{blocked}");
            }
            for passing in [before, after].into_iter().filter(|text| !text.is_empty()) {
                assert!(!is_blocked(passing.parse().unwrap()), "{passing}");
            }
        }
    }

    #[test]
    fn special_addresses_outside_of_what_is_routed_are_blocked() {
        for address in [
            "64:ff9b:1::1",
            "100:0:0:1::1",
            "5f00::1",
            "::ffff:0:1.1.1.1",
            "2001:1::1",
            "2001:3::1",
            "2001:4:112::1",
            "2001:20::1",
            "192.0.0.9",
            "192.88.99.2",
        ] {
            assert!(is_blocked(address.parse().unwrap()), "{address}");
        }
    }
}

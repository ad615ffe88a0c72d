//! WASI 0.3: stands in for `wasi:http/client`.

mod bindings {
    #![expect(unsafe_code, reason = "generated code")]

    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package sfbox:detour@0.1.0;

            world detour {
                import wasi:cli/environment@0.3.0;
                import wasi:http/client@0.3.0;
                export wasi:http/client@0.3.0;
            }
        ",
        generate_all,
    });

    use super::Detour;
    export!(Detour);
}

use bindings::exports::wasi::http::client::Guest;
use bindings::wasi::cli::environment::get_environment;
use bindings::wasi::http::client::send;
use bindings::wasi::http::types::{ErrorCode, Request, Response, Scheme};

use crate::{Way, way};

struct Detour;

impl Guest for Detour {
    async fn send(request: Request) -> Result<Response, ErrorCode> {
        match way(request.get_authority().as_deref(), get_environment()) {
            Way::Straight => {}
            Way::Nowhere => return Err(ErrorCode::DestinationNotFound),
            Way::Led(address) => request
                .set_scheme(Some(&Scheme::Http))
                .and_then(|()| request.set_authority(Some(&address)))
                .map_err(|()| ErrorCode::HttpRequestUriInvalid)?,
        }
        send(request).await
    }
}

//! WASI 0.2: stands in for `wasi:http/outgoing-handler`.

mod bindings {
    #![expect(unsafe_code, reason = "generated code")]

    wit_bindgen::generate!({
        path: "../../wit-0.2",
        inline: "
            package sfbox:detour@0.1.0;

            world detour {
                import wasi:cli/environment@0.2.12;
                import wasi:http/outgoing-handler@0.2.12;
                export wasi:http/outgoing-handler@0.2.12;
            }
        ",
        generate_all,
    });

    use super::Detour;
    export!(Detour);
}

use bindings::exports::wasi::http::outgoing_handler::Guest;
use bindings::wasi::cli::environment::get_environment;
use bindings::wasi::http::outgoing_handler::handle;
use bindings::wasi::http::types::{
    ErrorCode, FutureIncomingResponse, OutgoingRequest, RequestOptions, Scheme,
};

use crate::{Way, way};

struct Detour;

impl Guest for Detour {
    fn handle(
        request: OutgoingRequest,
        options: Option<RequestOptions>,
    ) -> Result<FutureIncomingResponse, ErrorCode> {
        match way(request.authority().as_deref(), get_environment()) {
            Way::Straight => {}
            Way::Nowhere => return Err(ErrorCode::DestinationNotFound),
            Way::Led(address) => request
                .set_scheme(Some(&Scheme::Http))
                .and_then(|()| request.set_authority(Some(&address)))
                .map_err(|()| ErrorCode::HttpRequestUriInvalid)?,
        }
        handle(request, options)
    }
}

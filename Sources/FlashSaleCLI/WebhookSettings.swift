// The receiver of orders and changes, as the settings name it.

import Textbook
import Webhooks

struct WebhookSettings: Sendable {
    /// Nil if nobody is told.
    var address: WebhookAddress?
    var signer: WebhookSigner?
    var timeout = Duration.seconds(15)

    /// Why the settings do not fit together; nil if they do.
    var problem: String? {
        (address == nil) == (signer == nil)
            ? nil : "FLASHSALE_WEBHOOK_URL and FLASHSALE_WEBHOOK_SECRET need each other"
    }
}

extension Notation where Value == WebhookAddress? {
    static var webhook: Notation {
        Notation(
            expectation: "like https://shop.example/hooks, or http:// and an address of this machine",
            parse: { WebhookAddress($0).map(Optional.some) }, text: { $0?.description ?? "" })
    }
}

extension Notation where Value == WebhookSigner? {
    static var signer: Notation {
        let bytes = WebhookSigner.secretBytes
        return Notation(
            expectation: "whsec_ and base64 of \(bytes.lowerBound) to \(bytes.upperBound) bytes, or several such with "
                + "spaces between them",
            parse: { WebhookSigner(Secret($0)).map(Optional.some) }, text: { $0?.description ?? "" })
    }
}

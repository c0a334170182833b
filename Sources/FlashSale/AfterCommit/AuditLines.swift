// The log lines of new sales, changes of sales, and orders. They are marked `audit` and kept at any log level.

import Logging
import Tokens

extension Sale {
    var auditMetadata: Logger.Metadata {
        [
            "component": "sale", "audit": "true", "sale_id": "\(id)", "started_at": "\(startedAt)",
            "ended_at": "\(endedAt)", "items_count": "\(itemCount)",
        ]
    }
}

extension SaleChange {
    var auditMetadata: Logger.Metadata {
        ["act": "\(act.name)", "actor": "\(actor)", "reason": "\(reason)"]
    }
}

extension Order {
    /// The code is a secret: the line has its digest.
    var auditMetadata: Logger.Metadata {
        [
            "component": "purchase", "audit": "true", "sale_id": "\(code.sale)", "user_id": "\(buyer)",
            "order_id": "\(id)", "checkout_ref": "\(SHA2.shortName(of: code.description))",
            "items_count": .stringConvertible(soldCount),
        ]
    }
}

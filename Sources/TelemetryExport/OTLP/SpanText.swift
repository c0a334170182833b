// The texts of a span: its full name, and the attributes that follow from its subject.

internal import Telemetry

enum SpanText {
    /// Texts that clients or libraries give are cut to this many characters.
    private static let charactersMax = 256

    static func name(of record: SpanRecord, in trace: Trace) -> String {
        switch record.name {
        case .request:
            let method = record.label(.requestMethod).map { $0 == Method.other.rawValue ? "HTTP" : $0 } ?? "HTTP"
            let route = trace.request?.route ?? ""
            return route.isEmpty ? method : "\(method) \(route)"
        case .checkoutExecute: return "checkout execute"
        case .purchaseExecute: return "purchase execute"
        case .lockAcquire: return "lock acquire \(record.label(.lockType) ?? "")"
        case .redisCommand:
            let operation = record.label(.redisCommand) ?? ""
            return record.label(.redisScript).map { "\(operation) \($0)" } ?? operation
        case .poolWait: return "db pool wait"
        case .statement: return summary(of: record)
        case .ledgerBatch: return "ledger \(record.subject?.name ?? "") batch"
        case .gateSettle: return "gate settle"
        case .gateRebuild: return "gate rebuild"
        case .duty: return record.label(.duty).flatMap(Duty.init(rawValue:))?.spanName ?? "duty"
        case .library: return cut(record.subject?.name ?? "")
        }
    }

    /// Visits the attributes of a span beyond its own.
    static func describe(
        _ record: SpanRecord, at place: Int, in trace: Trace, tell: (String, AttributeValue) -> Void
    ) {
        if record.name == .request, let request = trace.request {
            describe(request, tell)
        } else if place == 0, let request = trace.requestContext {
            tell("request.id", .text(request.requestID))
        }
        if record.name == .statement {
            tell("db.query.summary", .text(summary(of: record)))
            if let text = record.subject?.text, !text.isEmpty { tell("db.query.text", .text(text)) }
        }
    }

    /// Visits the attributes of every span of a store's call.
    static func describe(_ peer: SpanPeer, at address: PeerAddress?, tell: (String, AttributeValue) -> Void) {
        tell("db.system.name", .text(peer == .redis ? "redis" : "postgresql"))
        guard let address else { return }
        tell("db.namespace", .text(address.namespace))
        tell("server.address", .text(address.host))
        if let port = address.port { tell("server.port", .integer(Int64(port))) }
    }

    /// A text from a client or a library, cut to the limit.
    private static func cut(_ text: String) -> String {
        text.utf8.count <= charactersMax ? text : String(text.prefix(charactersMax))
    }

    private static func summary(of record: SpanRecord) -> String {
        "\(record.label(.statementType) ?? "") \(record.subject?.name ?? "")"
    }

    private static func describe(_ request: RequestFacts, _ tell: (String, AttributeValue) -> Void) {
        tell("request.id", .text(request.requestID))
        tell("url.scheme", .text("http"))
        tell("network.protocol.version", .text(request.protocolVersion))
        if !request.route.isEmpty {
            tell("http.route", .text(request.route))
            tell("url.path", .text(request.route))
        }
        let query = request.redactedQuery
        if !query.isEmpty { tell("url.query", .text(query)) }
        if let agent = request.userAgent { tell("user_agent.original", .text(cut(agent))) }
        if let client = request.client { tell("client.address", .text(client)) }
        if let peer = request.peer {
            tell("network.peer.address", .text(peer.host))
            tell("network.peer.port", .integer(Int64(peer.port)))
        }
        if let server = request.server {
            tell("server.address", .text(server.host))
            tell("server.port", .integer(Int64(server.port)))
        }
        for key in BaggageKey.allCases {
            if let value = request.baggage.members[key] { tell(key.rawValue, .text(value)) }
        }
    }
}

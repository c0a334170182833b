// The words of a span: its whole name, and the attributes that follow from what it is about.

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
        case .ledgerBatch: return "ledger \(record.subject) batch"
        case .gateSettle: return "gate settle"
        case .gateRebuild: return "gate rebuild"
        case .reconcileSale: return "reconcile sale"
        case .sweepHolds: return "sweep holds"
        case .scheduleSale: return "schedule sale"
        case .library: return String(record.subject.prefix(charactersMax))
        }
    }

    /// What a span has to say beyond its own attributes.
    static func attributes(
        of record: SpanRecord, at place: Int, in trace: Trace, _ resource: TelemetryResource
    ) -> [(String, AttributeValue)] {
        var attributes: [(String, AttributeValue)] = []
        if record.name == .request, let request = trace.request {
            attributes += self.attributes(of: request)
        } else if place == 0, !trace.requestID.isEmpty {
            attributes.append(("request.id", .text(trace.requestID)))
        }
        if record.name == .statement {
            attributes.append(("db.query.summary", .text(summary(of: record))))
            if !record.text.isEmpty { attributes.append(("db.query.text", .text(record.text))) }
        }
        if record.peer != .none {
            attributes.append(("db.system.name", .text(record.peer == .redis ? "redis" : "postgresql")))
            if let peer = resource.peers[record.peer] {
                attributes.append(("db.namespace", .text(peer.namespace)))
                attributes.append(("server.address", .text(peer.host)))
                if let port = peer.port { attributes.append(("server.port", .integer(Int64(port)))) }
            }
        }
        return attributes
    }

    private static func summary(of record: SpanRecord) -> String {
        "\(record.label(.statementType) ?? "") \(record.subject)"
    }

    private static func attributes(of request: RequestFacts) -> [(String, AttributeValue)] {
        var attributes: [(String, AttributeValue)] = [
            ("request.id", .text(request.requestID)), ("url.scheme", .text("http")),
            ("network.protocol.version", .text(request.protocolVersion)),
        ]
        if !request.route.isEmpty {
            attributes.append(("http.route", .text(request.route)))
            attributes.append(("url.path", .text(request.route)))
        }
        let query = request.redactedQuery
        if !query.isEmpty { attributes.append(("url.query", .text(query))) }
        if let agent = request.userAgent {
            attributes.append(("user_agent.original", .text(String(agent.prefix(charactersMax)))))
        }
        if let client = request.client {
            attributes.append(("client.address", .text(client.host)))
            attributes.append(("network.peer.address", .text(client.host)))
            attributes.append(("network.peer.port", .integer(Int64(client.port))))
        }
        if let server = request.server {
            attributes.append(("server.address", .text(server.host)))
            attributes.append(("server.port", .integer(Int64(server.port))))
        }
        for key in BaggageKey.allCases {
            if let value = request.baggage.members[key] { attributes.append((key.rawValue, .text(value))) }
        }
        return attributes
    }
}

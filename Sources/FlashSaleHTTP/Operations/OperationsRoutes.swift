// GET /health, /healthz, /readyz, /metrics and the pages under /debug/pprof/, and the level of the log.

internal import Discovery
internal import FlashSale
internal import NIOCore
internal import NIOHTTP1
internal import Telemetry
internal import Textbook

struct OperationsRoutes: Sendable {
    let parts: Operations
    let board: HealthBoard
    let stage: ServiceStage
    /// The API's listener. Its load decides on readiness.
    let bounds: ListenerBounds
    let startedAt: MonotonicTime
    let loops: EventLoopWatch
    /// Who may take profiles and change the level of the log; nil for everybody who can connect.
    let operators: OperatorGuard?

    var registry: RegistryRoutes { RegistryRoutes(list: parts.registry) }

    /// The state of the service as JSON, for people and balancers.
    ///
    /// - Parameter isForOperators: whether it says which Redis is used, too.
    func health(isForOperators: Bool) async -> Answer {
        let report = await board.report()
        let shown: [Dependency] = [.app, .database, .redis]
        let process = parts.process()
        var json = JSONWriter()
        json.beginObject()
        json.key("services_status")
        json.beginObject()
        for dependency in shown {
            json.key(escaping: dependency.rawValue)
            json.string(report.isUp(dependency) ? "UP" : "DOWN")
        }
        json.endObject()
        let redis = isForOperators ? parts.redis(.home) : []
        if !redis.isEmpty {
            json.key("redis")
            json.beginObject()
            for (name, value) in redis {
                json.key(escaping: name)
                json.string(value)
            }
            json.endObject()
        }
        json.field("uptime", uptimeText(nanoseconds: MonotonicTime.now.nanoseconds(since: startedAt)))
        // The names are those that clients of such services read already: nothing here collects garbage.
        json.key("memory")
        json.beginObject()
        json.field("alloc", process.allocatedBytes)
        json.field("total_alloc", process.allocatedBytesInTotal)
        json.field("sys", process.mappedBytes)
        json.field("num_gc", 0)
        json.endObject()
        json.field("goroutines", process.liveTasks)
        json.endObject()
        return .json(json, status: shown.allSatisfy(report.isUp) ? .ok : .serviceUnavailable)
    }

    /// Whether the process works at all, whatever the state of its dependencies.
    func liveness() -> Answer {
        parts.isAlive() && loops.isTurning
            ? .text("alive\n") : .text("event loops stalled\n", status: .internalServerError)
    }

    /// Whether a balancer should send requests here.
    func readiness(_ request: Request) async -> Answer {
        let report = await board.report()
        var obstacles: [String] = []
        if stage.stage >= .draining { obstacles.append("draining") }
        if !report.isUp(.database) { obstacles.append("database down") }
        if !report.isUp(.migrations) { obstacles.append("migrations pending") }
        if report.isDiskFull { obstacles.append("disk full") }
        if bounds.isOverloaded { obstacles.append("overloaded") }
        let status: HTTPResponseStatus = obstacles.isEmpty ? .ok : .serviceUnavailable
        guard request.hasFlag("verbose") else {
            return .text("\(obstacles.first ?? "ready")\n", status: status)
        }
        var lines = obstacles.isEmpty ? ["ready"] : obstacles
        // Without Redis the sale goes on through Postgres, so a balancer must not take out every instance at once.
        if !report.isUp(.redis) { lines.append("degraded: redis down") }
        if !report.isUp(.scheduler) { lines.append("degraded: scheduler down") }
        if let trouble = parts.registry().trouble { lines.append("degraded: \(trouble)") }
        lines += parts.pods().filter { $0.isAway }.map { "degraded: pod \($0.id) is away" }
        lines += report.replicas
        return .text(lines.joined(separator: "\n") + "\n", status: status)
    }

    func metrics(_ request: Request) -> Reply {
        let scrape = ScrapeRequest(
            accept: request.list("accept"), acceptEncoding: request.list("accept-encoding"),
            names: request.names()
        )
        guard let exposition = parts.exposition(scrape) else { return .refused(.overloaded) }
        var answer = Answer(
            .ok,
            fields: [
                ("Content-Type", exposition.contentType), ("Vary", "Accept, Accept-Encoding"),
                Answer.cacheControlNone,
            ],
            body: ByteBuffer(bytes: exposition.body)
        )
        if let encoding = exposition.contentEncoding { answer.fields.append(("Content-Encoding", encoding)) }
        return .answer(answer)
    }

    /// Answers with the level of the log. A PUT first sets it to the level in its body.
    func logLevel(_ request: Request) -> Reply {
        let name = request.method == .PUT ? String(buffer: request.body ?? ByteBuffer()) : nil
        guard let level = parts.logLevel(name?.split(whereSeparator: \.isWhitespace).joined().lowercased()) else {
            return .problem(
                .validation([("body", "must be trace, debug, info, notice, warning, error or critical")]))
        }
        return .answer(.text("\(level)\n"))
    }

    func profile(_ name: Substring, _ request: Request) async -> Reply {
        guard let profile = parts.profile else { return .problem(.unknownPath) }
        let posted = request.method == .POST ? request.body.map { Array($0.readableBytesView) } ?? [] : nil
        let said = await profile(DebugRequest(name: String(name), query: String(request.query), posted: posted))
        var answer = Answer(
            HTTPResponseStatus(statusCode: said.status),
            fields: [("Content-Type", said.contentType), Answer.cacheControlNone], body: ByteBuffer(bytes: said.body)
        )
        if let name = said.fileName {
            answer.fields.append(("Content-Disposition", "attachment; filename=\"\(name)\""))
        }
        return .answer(answer)
    }
}

extension Request {
    /// The lines of a list field as one; nil if there are none.
    fileprivate func list(_ name: String) -> String? {
        let lines = headers[name]
        return lines.isEmpty ? nil : lines.joined(separator: ",")
    }

    /// The `name[]` parameters. A malformed one matches no metric.
    fileprivate func names() -> Set<String> {
        let pairs = query.utf8.split(separator: 0x26).map { $0.split(separator: 0x3D, maxSplits: 1) }
        return Set(
            pairs.compactMap { pair in
                guard pair.count == 2, let key = try? percentDecoded(pair[0], limit: 16), key == "name[]" else {
                    return nil
                }
                return (try? percentDecoded(pair[1], limit: 256)) ?? ""
            })
    }
}

/// A time span like `1h2m3.4s`, without leading zero parts.
func uptimeText(nanoseconds: UInt64) -> String {
    let tenths = nanoseconds / 100_000_000
    let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60)
    let seconds = "\(tenths / 10 % 60).\(tenths % 10)s"
    if hours > 0 { return "\(hours)h\(minutes)m\(seconds)" }
    return minutes > 0 ? "\(minutes)m\(seconds)" : seconds
}

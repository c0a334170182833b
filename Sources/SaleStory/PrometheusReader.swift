// Reads the metrics of a sale's time from Prometheus, over its HTTP API.

internal import PlainHTTP
internal import Reports
internal import Textbook

/// Asks a Prometheus.
struct PrometheusReader {
    private static let timeout = Duration.seconds(30)
    private static let answerBytesMax = 64 * 1_024 * 1_024
    /// Rates look back this far at least: two scrapes at the usual interval.
    private static let windowMin: Int64 = 30
    /// The watchdog always fires, to show that alerts arrive.
    private static let alerts = "max by (alertname) (ALERTS{alertstate=\"firing\", alertname!=\"Watchdog\"})"

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private struct Series {
        let labels: JSONValue?
        /// Seconds since 1970.
        let points: [(at: Double, value: Double)]
    }

    private let exchange: HTTPExchange
    private let path: String

    /// - Throws: a sentence about what is wrong with the address.
    init(url text: String) throws {
        guard let url = HTTPAddress(text) else {
            throw Problem(description: "the address of Prometheus must be like http://127.0.0.1:9090, not \(text)")
        }
        exchange = try HTTPExchange(with: url, timeout: Self.timeout, bytesMax: Self.answerBytesMax)
        path = String(url.path.hasSuffix("/") ? url.path.dropLast() : url.path)
    }

    /// Reads the time of a story.
    func history(over clock: StoryClock) async throws -> MetricsHistory {
        var history = MetricsHistory()
        let window = max(clock.step / 1_000_000, Self.windowMin)
        func points(_ series: Series) -> LineChart.Points {
            series.points.filter { $0.value.isFinite }.map { ($0.at - Double(clock.start) / 1e6, $0.value) }
        }
        for request in ["checkout", "purchase"] {
            let failures = "sum by (reason) (increase(\(request)_failure_total[\(window)s]))"
            for series in try await range(failures, over: clock, every: window) {
                let reason = (series.labels?["reason"]?.string ?? "unknown").replacing("_", with: " ")
                for (at, value) in points(series) where value >= 0.5 {
                    let part = Int((at - clock.axis.lowerBound) * 1e6) / Int(clock.part)
                    let name = clock.name(ofPart: min(max(part, 0), clock.partCount - 1))
                    history.refused.add([request, reason, name], count: Int(value.rounded()))
                }
                history.refusals[reason] = Self.sum(
                    history.refusals[reason] ?? [], points(series).map { ($0.at, $0.value / Double(window)) })
            }
        }
        for (name, request, quantile) in [
            ("checkout, half", "checkout", 0.5), ("checkout, 99 of 100", "checkout", 0.99),
            ("purchase, 99 of 100", "purchase", 0.99),
        ] {
            let buckets = "http_request_duration_seconds_bucket{handler=\"\(request)\"}[\(window)s]"
            let latency = "histogram_quantile(\(quantile), sum by (le) (rate(\(buckets))))"
            let found = try await range(latency, over: clock, every: window).first.map(points) ?? []
            if !found.isEmpty { history.latency.append((name, found)) }
        }
        for series in try await range(Self.alerts, over: clock, every: window) {
            let times = points(series).map { min($0.at, clock.axis.upperBound) }
            guard let first = times.first, let last = times.last else { continue }
            history.alerts.append(
                .init(name: series.labels?["alertname"]?.string ?? "unknown", first: first, last: last))
        }
        history.alerts.sort { $0.first < $1.first }
        return history
    }

    /// Values at the same moments added up.
    private static func sum(_ one: LineChart.Points, _ other: LineChart.Points) -> LineChart.Points {
        var values = Dictionary(one.map { ($0.at, $0.value) }, uniquingKeysWith: +)
        for (at, value) in other { values[at, default: 0] += value }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func range(_ expression: String, over clock: StoryClock, every window: Int64) async throws -> [Series] {
        let begin = clock.from / 1_000_000
        let end = (clock.from + clock.step * Int64(clock.count)) / 1_000_000 + window
        let question = [
            ("query", expression), ("start", "\(begin + window)"), ("end", "\(end)"), ("step", "\(window)"),
        ]
        .map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&")
        let answer = try await get("\(path)/api/v1/query_range?\(question)")
        guard case .string("success")? = answer["status"], let result = answer["data"]?["result"]?.array else {
            throw Problem(description: "Prometheus refused a question: \(answer["error"]?.string ?? "no reason given")")
        }
        return result.map { series in
            let points = (series["values"]?.array ?? []).compactMap { sample -> (at: Double, value: Double)? in
                guard let pair = sample.array, pair.count == 2, let at = pair[0].number,
                    let value = pair[1].string.flatMap(Double.init)
                else { return nil }
                return (at, value)
            }
            return Series(labels: series["metric"], points: points)
        }
    }

    /// The JSON of an answer.
    private func get(_ path: String) async throws -> JSONValue {
        let answer: HTTPExchange.Answer
        do {
            answer = try await exchange.get(path)
        } catch {
            throw Problem(description: "Prometheus at \(exchange.server) cannot be asked: \(error)")
        }
        guard let json = try? JSONValue(parsing: answer.body, depth: 16) else {
            throw Problem(description: "what answers at \(exchange.server) is no Prometheus")
        }
        return json
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            result += isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}

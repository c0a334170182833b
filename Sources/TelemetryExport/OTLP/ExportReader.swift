// Reads the variables of the export one by one.

internal import TLSClient
internal import Telemetry
internal import Textbook

/// Reads variables and collects what is wrong with them. An empty variable counts as not set.
///
/// `OTEL_…` variables are set for a whole platform, so this service meets values that are meant for others. As
/// OpenTelemetry asks, a value that is not understood counts as not set, with a warning: telemetry must not keep a sale
/// from opening. The service's own variables are strict.
struct ExportReader {
    let environment: [String: String]
    /// What was ignored, and why.
    private(set) var warnings: [String] = []
    /// What is wrong with the service's own variables.
    private(set) var problems: [String] = []

    init(environment: [String: String]) {
        self.environment = environment
    }

    /// A variable's text, and the name under which it was found.
    struct Given {
        let name: String
        let text: String
    }

    func given(_ variable: ExportVariable, of signal: ExportSignal? = nil) -> Given? {
        let names = [signal.map { variable.name(of: $0) }, variable.rawValue].compactMap { $0 }
        return names.lazy.compactMap { name in
            environment[name].flatMap { $0.isEmpty ? nil : Given(name: name, text: $0) }
        }.first
    }

    /// The signals that are asked for.
    mutating func signals() -> Set<ExportSignal> {
        let isDisabled = choose(.sdkDisabled, among: ["true", "false"]) == "true"
        if !isDisabled, let unread = UnreadVariables.warning(about: environment) { warnings.append(unread) }
        let hasEndpoint = given(.endpoint, of: .traces) != nil && endpoint(of: .traces) != nil
        let exporters: [(ExportSignal, ExportVariable, Bool)] = [
            (.traces, .tracesExporter, hasEndpoint), (.metrics, .metricsExporter, false),
            (.logs, .logsExporter, false),
        ]
        let asked = exporters.filter { isExported(by: $0.1) ?? $0.2 }
        return isDisabled ? [] : Set(asked.map(\.0))
    }

    /// Whether `otlp` is among a variable's exporters; nil if none of them is known here.
    private mutating func isExported(by variable: ExportVariable) -> Bool? {
        guard let given = given(variable) else { return nil }
        let names = given.text.split(separator: ",").map { String($0).trimmed.lowercased() }
        let known = names.filter { ["otlp", "none"].contains($0) }
        if known.count < names.count { warn("\(given.name) may name otlp or none, not \(given.text)") }
        return known.isEmpty ? nil : known.contains("otlp")
    }

    /// Nil if its certificates cannot be used: then the signal is not exported.
    mutating func destination(of signal: ExportSignal) -> CollectorDestination? {
        let standard = CollectorEndpoint(url: ExportVariable.endpoint.standard, signal: signal)
        guard let endpoint = endpoint(of: signal) ?? standard else { return nil }
        var destination = CollectorDestination(endpoint: endpoint)
        if endpoint.usesTLS {
            guard let trust = trust(of: signal) else { return nil }
            destination.trust = trust
        }
        destination.headers = pairs(.headers, of: signal)
        if let limit = milliseconds(.timeout, of: signal) { destination.timeout = limit }
        choose(.transport, of: signal, among: ["http/protobuf"])
        destination.compresses = choose(.compression, of: signal, among: ["gzip", "none"]) != "none"
        return destination
    }

    /// Reads the limits of a batch processor. No request is of more than may wait.
    mutating func read(
        _ limits: inout BatchLimits, _ delay: ExportVariable, _ timeout: ExportVariable, _ queue: ExportVariable,
        _ batch: ExportVariable
    ) {
        limits.interval = milliseconds(delay) ?? limits.interval
        limits.timeout = milliseconds(timeout) ?? limits.timeout
        limits.queueMax = count(queue, max: Self.queueMax) ?? limits.queueMax
        limits.batchMax = count(batch, max: limits.queueMax) ?? min(limits.batchMax, limits.queueMax)
    }

    /// The most items that a queue has room for.
    private static let queueMax = 65_536

    private mutating func count(_ variable: ExportVariable, max: Int) -> Int? {
        guard let given = given(variable) else { return nil }
        guard let number = Int(given.text), (1...max).contains(number) else {
            warn("\(given.name) must be a whole number from 1 to \(max), not \(given.text)")
            return nil
        }
        return number
    }

    mutating func milliseconds(_ variable: ExportVariable, of signal: ExportSignal? = nil) -> Duration? {
        guard let given = given(variable, of: signal) else { return nil }
        guard let number = Int(given.text), (1...600_000).contains(number) else {
            let sentence = "\(given.name) must be a whole number of milliseconds from 1 to 600000, not \(given.text)"
            if variable.isOfThisService { problems.append(sentence) } else { warn(sentence) }
            return nil
        }
        return .milliseconds(number)
    }

    /// `a=1,b=2`, values percent-encoded. A bad one spoils the list. The warning has only the name: values may be
    /// secrets.
    mutating func pairs(_ variable: ExportVariable, of signal: ExportSignal? = nil) -> [LabelPair] {
        guard let given = given(variable, of: signal) else { return [] }
        var pairs: [LabelPair] = []
        for piece in given.text.split(separator: ",") {
            let parts = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = parts[0].filter { $0 != " " }
            let isName: (UInt8) -> Bool = variable == .headers ? { $0.isTokenByte } : { (0x21...0x7E).contains($0) }
            guard parts.count == 2, !key.isEmpty, key.utf8.allSatisfy(isName),
                let value = Self.decoded(parts[1]), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else {
                warn("\(given.name) must be a list of name=value, with values percent-encoded")
                return []
            }
            pairs.append(LabelPair(name: key, value: value))
        }
        return pairs
    }

    mutating func sampler() -> Sampler {
        var share = Sampler.standardShare
        if let given = given(.samplerArgument) {
            if let number = Double(given.text), (0...1).contains(number) {
                share = number
            } else {
                warn("\(given.name) must be a number from 0 to 1, not \(given.text)")
            }
        }
        let roots: [String: Sampler.Root] = ["always_on": .always, "always_off": .never, "traceidratio": .ratio(share)]
        let prefix = "parentbased_"
        let names = roots.keys.sorted()
        let name = choose(.sampler, among: names + names.map { prefix + $0 }) ?? prefix + "traceidratio"
        let followsParent = name.hasPrefix(prefix)
        let root = roots[followsParent ? String(name.dropFirst(prefix.count)) : name] ?? .ratio(share)
        return Sampler(root: root, followsParent: followsParent)
    }

    private mutating func endpoint(of signal: ExportSignal) -> CollectorEndpoint? {
        guard let given = given(.endpoint, of: signal) else { return nil }
        let endpoint =
            given.name == ExportVariable.endpoint.rawValue
            ? CollectorEndpoint(url: given.text, signal: signal) : CollectorEndpoint(urlOfSignal: given.text)
        if endpoint == nil {
            warn("\(given.name) must be http://host:port or https://host:port, without user and query")
        }
        return endpoint
    }

    private mutating func trust(of signal: ExportSignal) -> TLSPolicy? {
        let authorities = given(.certificate, of: signal)
        let (certificate, key) = (given(.clientCertificate, of: signal), given(.clientKey, of: signal))
        guard (certificate == nil) == (key == nil) else {
            warn("\((certificate ?? key)?.name ?? "") needs the other of certificate and key beside it", signal)
            return nil
        }
        do {
            return try TLSPolicy(authorities: authorities?.text, certificate: certificate?.text, key: key?.text)
        } catch {
            let names = [authorities, certificate, key].compactMap { $0?.name }
            warn(
                names.isEmpty
                    ? "a collector cannot be reached by https: \(error)"
                    : "\(names.joined(separator: ", ")) must name readable PEM files that fit: \(error)", signal)
            return nil
        }
    }

    @discardableResult
    mutating func choose(
        _ variable: ExportVariable, of signal: ExportSignal? = nil, among choices: [String]
    ) -> String? {
        guard let given = given(variable, of: signal) else { return nil }
        let text = given.text.trimmed.lowercased()
        guard choices.contains(text) else {
            warn("\(given.name) must be \(choices.joined(separator: " or ")), not \(given.text)")
            return nil
        }
        return text
    }

    /// Notes what is ignored, or which signal is not exported. What several signals share is noted once.
    private mutating func warn(_ sentence: String, _ signal: ExportSignal? = nil) {
        let warning = sentence + (signal.map { ": no \($0.rawValue) are exported" } ?? ": it is ignored")
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    private static func decoded(_ text: Substring) -> String? {
        [UInt8](percentDecoding: text.utf8).flatMap { String(validating: $0, as: UTF8.self)?.trimmed }
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}

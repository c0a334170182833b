// Reads the variables of the export one by one.

internal import Telemetry
internal import Textbook

/// Reads variables and collects what is wrong with them. An empty variable counts as not set.
struct ExportReader {
    let environment: [String: String]
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
        let isDisabled = choose(.sdkDisabled, among: ["true", "false"], ignoresCase: true) == "true"
        let named = given(.endpoint, of: .traces) != nil
        let exporters: [(ExportSignal, ExportVariable, String)] = [
            (.traces, .tracesExporter, named ? "otlp" : "none"), (.metrics, .metricsExporter, "none"),
            (.logs, .logsExporter, "none"),
        ]
        let asked = exporters.filter { _, variable, standard in
            choose(variable, among: ["otlp", "none"]) ?? standard == "otlp"
        }
        return isDisabled ? [] : Set(asked.map(\.0))
    }

    mutating func destination(of signal: ExportSignal) -> CollectorDestination? {
        guard let endpoint = endpoint(of: signal) else { return nil }
        var destination = CollectorDestination(endpoint: endpoint)
        if endpoint.usesTLS { destination.trust = trust(of: signal) }
        destination.headers = pairs(.headers, of: signal)
        if let limit = milliseconds(.timeout, of: signal) { destination.timeout = limit }
        choose(.transport, of: signal, among: ["http/protobuf"])
        destination.compresses = choose(.compression, of: signal, among: ["gzip", "none"]) != "none"
        return destination
    }

    mutating func milliseconds(_ variable: ExportVariable, of signal: ExportSignal? = nil) -> Duration? {
        guard let given = given(variable, of: signal) else { return nil }
        guard let number = Int(given.text), (1...600_000).contains(number) else {
            complain("\(given.name) must be a whole number of milliseconds from 1 to 600000, not \(given.text)")
            return nil
        }
        return .milliseconds(number)
    }

    /// `a=1,b=2`, values percent-encoded. An error has only the name: values may be secrets.
    mutating func pairs(_ variable: ExportVariable, of signal: ExportSignal? = nil) -> [LabelPair] {
        guard let given = given(variable, of: signal) else { return [] }
        var pairs: [LabelPair] = []
        for piece in given.text.split(separator: ",") {
            let parts = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = parts[0].filter { $0 != " " }
            guard parts.count == 2, !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
                let value = Self.decoded(parts[1]), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else {
                complain("\(given.name) must be a list of name=value, with values percent-encoded")
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
                complain("\(given.name) must be a number from 0 to 1, not \(given.text)")
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
        let given = given(.endpoint, of: signal)
        let endpoint =
            if let given, given.name != ExportVariable.endpoint.rawValue {
                CollectorEndpoint(urlOfSignal: given.text)
            } else {
                CollectorEndpoint(url: given?.text ?? ExportVariable.endpoint.standard, signal: signal)
            }
        if let given, endpoint == nil {
            complain("\(given.name) must be http://host:port or https://host:port, without user and query")
        }
        return endpoint
    }

    private mutating func trust(of signal: ExportSignal) -> CollectorTrust? {
        let authorities = given(.certificate, of: signal)
        let (certificate, key) = (given(.clientCertificate, of: signal), given(.clientKey, of: signal))
        guard (certificate == nil) == (key == nil) else {
            complain("\((certificate ?? key)?.name ?? "") needs the other of certificate and key beside it")
            return nil
        }
        do {
            let identity = certificate.flatMap { certificate in
                key.map { (certificate: certificate.text, key: $0.text) }
            }
            return try CollectorTrust(authorities: authorities?.text, identity: identity)
        } catch {
            let names = [authorities, certificate, key].compactMap { $0?.name }
            complain(
                names.isEmpty
                    ? "a collector cannot be reached by https: \(error)"
                    : "\(names.joined(separator: ", ")) must name readable PEM files that fit: \(error)")
            return nil
        }
    }

    @discardableResult
    private mutating func choose(
        _ variable: ExportVariable, of signal: ExportSignal? = nil, among choices: [String], ignoresCase: Bool = false
    ) -> String? {
        guard let given = given(variable, of: signal) else { return nil }
        let text = ignoresCase ? given.text.lowercased() : given.text
        guard choices.contains(text) else {
            complain("\(given.name) must be \(choices.joined(separator: " or ")), not \(given.text)")
            return nil
        }
        return text
    }

    /// An error that several signals share is reported once.
    private mutating func complain(_ sentence: String) {
        if !problems.contains(sentence) { problems.append(sentence) }
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

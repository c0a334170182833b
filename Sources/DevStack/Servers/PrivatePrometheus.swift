// A private Prometheus for `flashsale dev` and for the tests. It scrapes one target, keeps its samples in its
// directory, and ends when this process ends.

public import Logging

/// A private Prometheus server.
///
/// It has no password, since Prometheus knows none without a file of hashes: everyone on the machine may read its
/// metrics.
public final class PrivatePrometheus: PrivateServer {
    /// How the server is set up.
    public struct Configuration: Sendable {
        public var place = ServerPlace()
        /// The path of a prometheus.yml, or nil to scrape `target` as job `flashsale`.
        public var file: String?
        /// Host and port of the service's metrics; nil for none until ``PrivatePrometheus/scrape(_:)`` says which.
        public var target: String? = "127.0.0.1:9464"
        /// The directory with the rules to evaluate, as an absolute path; nil for none.
        public var rules: String?
        /// How often the target is scraped, in whole seconds.
        public var scrapeIntervalSeconds = 5

        public init() {}
    }

    public let process: ServerProcess

    private init(process: ServerProcess) {
        self.process = process
    }

    /// Starts the server and waits until it answers.
    ///
    /// - Throws: ``DevStackError``; its code is `programMissing` where Prometheus, which is optional, is not installed.
    public static func start(
        _ configuration: Configuration = Configuration(), logger: Logger = Logger(label: "flashsale.dev")
    ) async throws -> PrivatePrometheus {
        let program = ServerDirectory.absolute(try ServerProgram.find("prometheus", package: "prometheus"))
        let (directory, lock) = try await configuration.place.open(name: "prometheus")
        try directory.make("data")
        if configuration.file == nil {
            try directory.write(text(of: configuration), to: ownFile)
            try directory.write(targets(configuration.target), to: targetsFile)
        }
        // Prometheus takes a path to targets for a pattern. Started in the directory, it has their bare names, whatever
        // the directory's name is.
        let file = configuration.file.map(ServerDirectory.absolute) ?? ownFile
        let recipe = ServerRecipe(
            name: "Prometheus", stopSignal: .terminate, lastSignal: .terminate,
            command: { port in
                [
                    "env", "--chdir=\(directory.path)", program, "--config.file=\(file)",
                    "--storage.tsdb.path=\(directory.data)", "--storage.tsdb.retention.time=7d",
                    "--web.listen-address=\(Loopback.authority(port.number))", "--enable-feature=exemplar-storage",
                    "--log.level=warn",
                ]
            },
            isReady: { $0.isOK(at: "/-/ready") })
        let process = try await ServerProcess.start(
            recipe, at: configuration.place, in: directory, lock: lock, logger: logger)
        return PrivatePrometheus(process: process)
    }

    public var url: String { "http://\(Loopback.authority(port))" }

    /// Scrapes this target, host and port of the service's metrics, from now on and no other. Has no effect where the
    /// configuration names a file.
    public func scrape(_ target: String) throws {
        try directory.write(Self.targets(target), to: Self.targetsFile)
    }

    private static func text(of configuration: Configuration) -> String {
        """
        global:
          scrape_interval: \(configuration.scrapeIntervalSeconds)s
          evaluation_interval: \(configuration.scrapeIntervalSeconds)s
        rule_files: [\(configuration.rules.map { "'\($0.replacing("'", with: "''"))/*.yml'" } ?? "")]
        scrape_configs:
          - job_name: flashsale
            sample_limit: 5000
            file_sd_configs:
              - files: [\(targetsFile)]

        """
    }

    private static let ownFile = "prometheus.yml"
    /// The server watches this file, because a service that takes any free port has its address only once it runs.
    private static let targetsFile = "targets.yml"

    private static func targets(_ target: String?) -> String {
        """
        - targets: [\(target.map { "\"\($0)\"" } ?? "")]
          labels:
            environment: development

        """
    }
}

// A private Prometheus for `flashsale dev` and for the tests. It scrapes one target, keeps its samples in its
// directory, and ends when this process ends.

import Glibc
public import Logging

/// A private Prometheus server.
///
/// It ends with this process, also by `kill -9`, and when the last reference to it is dropped. It has no password,
/// since Prometheus knows none without a file of hashes: everyone on the machine may read its metrics.
public final class PrivatePrometheus: Sendable {
    /// How the server is set up.
    public struct Configuration: Sendable {
        /// The server's directory; nil for an ephemeral one that is removed in the end.
        public var directory: String?
        /// Drops what the directory holds from earlier runs.
        public var fresh = false
        /// The port; nil for any free one.
        public var port: Int?
        /// The path of a prometheus.yml, or nil to scrape `target` as job `flashsale`.
        public var file: String?
        /// Host and port of the service's metrics; nil for none until ``PrivatePrometheus/scrape(_:)`` says which.
        public var target: String? = "127.0.0.1:9464"
        /// The directory with the rules to evaluate, as an absolute path; nil for none.
        public var rules: String?
        /// How often the target is scraped, in whole seconds.
        public var scrapeIntervalSeconds = 5
        /// How long it may take from start to the first answer.
        public var readyWithin = Duration.seconds(60)

        public init() {}
    }

    private let server: PrivateServer

    private init(server: PrivateServer) {
        self.server = server
    }

    /// Starts the server and waits until it answers.
    ///
    /// Throws ``DevStackError``; its code is `programMissing` where Prometheus, which is optional, is not installed.
    public static func start(
        _ configuration: Configuration = Configuration(), logger: Logger = Logger(label: "flashsale.dev")
    ) async throws -> PrivatePrometheus {
        let program = try ServerProgram.find("prometheus", package: "prometheus")
        let directory = try ServerDirectory(configuration.directory, name: "prometheus")
        let lock = try await directory.lock()
        if configuration.fresh { try directory.empty() }
        try directory.make("data")
        // The server has this process's working directory, so a relative path means the same to both.
        let file = configuration.file ?? directory.file("prometheus.yml")
        if configuration.file == nil {
            try directory.write(text(of: configuration), to: "prometheus.yml")
            try directory.write(targets(configuration.target), to: targetsFile)
        }
        let recipe = ServerRecipe(
            name: "Prometheus", stopSignal: .terminate, lastSignal: .terminate,
            command: { port in
                [
                    program, "--config.file=\(file)", "--storage.tsdb.path=\(directory.data)",
                    "--storage.tsdb.retention.time=7d", "--web.listen-address=127.0.0.1:\(port.number)",
                    "--enable-feature=exemplar-storage", "--log.level=warn",
                ]
            },
            isReady: { port in
                let answer = port.answer(to: Array("GET /-/ready HTTP/1.0\r\n\r\n".utf8))
                return String(decoding: answer, as: UTF8.self).prefix { $0 != "\r\n" }.contains(" 200 ")
            })
        let server = try await PrivateServer.start(
            recipe, in: directory, lock: lock, port: configuration.port, readyWithin: configuration.readyWithin,
            logger: logger)
        return PrivatePrometheus(server: server)
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    public var port: Int { server.port.number }

    /// The server's process id.
    public var processID: Int32? { server.processID }

    /// Scrapes this target, host and port of the service's metrics, from now on and no other. Has no effect where the
    /// configuration names a file.
    public func scrape(_ target: String) throws {
        try server.directory.write(Self.targets(target), to: Self.targetsFile)
    }

    /// Ends it in order, and returns when its last process has ended and an ephemeral directory is removed.
    public func stop() async {
        await server.stop()
    }

    /// Every process that belongs to it, for tests of its end.
    var processIDs: [pid_t] { server.processIDs }
    var directory: ServerDirectory { server.directory }

    private static func text(of configuration: Configuration) -> String {
        """
        global:
          scrape_interval: \(configuration.scrapeIntervalSeconds)s
          evaluation_interval: \(configuration.scrapeIntervalSeconds)s
        rule_files: [\(configuration.rules.map { "\"\($0)/*.yml\"" } ?? "")]
        scrape_configs:
          - job_name: flashsale
            sample_limit: 5000
            file_sd_configs:
              - files: [\(targetsFile)]

        """
    }

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

// The parts of the process that answer probes and scrapes. They come as closures, so this module depends neither on the
// stores nor on the exposition.

public import Discovery
public import FlashSale
public import Telemetry

/// The parts behind /health, /healthz, /readyz, /metrics, /registry/, /sd/, /debug/pprof/, /debug/loglevel, /console,
/// /docs/ and the access log.
public struct Operations: Sendable {
    /// Takes the line of a request. It may skip a line that need not be kept; then the line is never made.
    public typealias RequestLog = @Sendable (_ mustBeKept: Bool, _ line: () -> RequestLine) -> Void

    /// The dependencies to ask, each at most once.
    public var probes: [HealthProbe]
    /// What the process uses now.
    public var process: @Sendable () -> ProcessStatus
    /// Whether a disk that the service writes to is nearly full. It may wait, under the timeout of a probe.
    public var isDiskFull: @Sendable () async -> Bool
    /// One line for each replica of the database, with its lag. It may wait, under the same timeout.
    public var replicas: @Sendable () async -> [String]
    /// Which Redis a pod uses, or why none, by names. It does not wait. The operations port alone shows it.
    public var redis: @Sendable (PodID) -> [(name: String, value: String)]
    /// The pods besides home. It does not wait.
    public var pods: @Sendable () -> [(id: PodID, isAway: Bool)]
    /// The instances that the registry lists. It does not wait.
    public var registry: @Sendable () -> InstanceList
    /// Renders the metrics for a scrape; nil if too many scrapes run.
    public var exposition: @Sendable (ScrapeRequest) -> Exposition?
    /// False if every event loop has stalled.
    public var isAlive: @Sendable () -> Bool
    /// Answers a page under /debug/pprof/; nil if this process has no profiles.
    public var profile: (@Sendable (DebugRequest) async -> DebugAnswer)?
    /// Sets the level of the log, if a name is given, and returns the name of the level; nil if there is no level of
    /// that name.
    public var logLevel: @Sendable (_ name: String?) -> String?
    public var logRequest: RequestLog
    /// Nil for no console.
    public var console: ConsoleParts?
    /// The pages below /docs/; nil for none.
    public var documents: DocumentFolder?

    public init(
        probes: [HealthProbe], process: @escaping @Sendable () -> ProcessStatus,
        isDiskFull: @escaping @Sendable () async -> Bool = { false },
        replicas: @escaping @Sendable () async -> [String] = { [] },
        redis: @escaping @Sendable (PodID) -> [(name: String, value: String)] = { _ in [] },
        pods: @escaping @Sendable () -> [(id: PodID, isAway: Bool)] = { [] },
        registry: @escaping @Sendable () -> InstanceList = { InstanceList() },
        exposition: @escaping @Sendable (ScrapeRequest) -> Exposition?,
        isAlive: @escaping @Sendable () -> Bool = { true },
        profile: (@Sendable (DebugRequest) async -> DebugAnswer)? = nil,
        logLevel: @escaping @Sendable (_ name: String?) -> String?,
        logRequest: @escaping RequestLog = { _, _ in }, console: ConsoleParts? = nil,
        documents: DocumentFolder? = nil
    ) {
        self.probes = probes
        self.process = process
        self.isDiskFull = isDiskFull
        self.replicas = replicas
        self.redis = redis
        self.pods = pods
        self.registry = registry
        self.exposition = exposition
        self.isAlive = isAlive
        self.profile = profile
        self.logLevel = logLevel
        self.logRequest = logRequest
        self.console = console
        self.documents = documents
    }
}

/// Asks whether a dependency answers.
public struct HealthProbe: Sendable {
    public let dependency: Dependency
    /// Asks once. It may hang; the caller has a timeout.
    public let isUp: @Sendable () async -> Bool

    public init(_ dependency: Dependency, isUp: @escaping @Sendable () async -> Bool) {
        self.dependency = dependency
        self.isUp = isUp
    }
}

/// The memory of the process, in bytes, and the number of its live tasks.
public struct ProcessStatus: Sendable {
    public var allocatedBytes: UInt64
    /// Allocated since the start, freed or not.
    public var allocatedBytesInTotal: UInt64
    public var mappedBytes: UInt64
    public var liveTasks: Int

    public init(allocatedBytes: UInt64, allocatedBytesInTotal: UInt64, mappedBytes: UInt64, liveTasks: Int) {
        self.allocatedBytes = allocatedBytes
        self.allocatedBytesInTotal = allocatedBytesInTotal
        self.mappedBytes = mappedBytes
        self.liveTasks = liveTasks
    }
}

/// The wishes of a scraper.
public struct ScrapeRequest: Sendable {
    /// Its `Accept`; nil if it has none.
    public let accept: String?
    /// Its `Accept-Encoding`; nil if it has none.
    public let acceptEncoding: String?
    /// Its `name[]` parameters: families or samples. None means all.
    public let names: Set<String>
}

/// The metrics in one of the forms that scrapers read.
public struct Exposition: Sendable {
    public let contentType: String
    /// The `Content-Encoding`; nil for none.
    public let contentEncoding: String?
    public let body: [UInt8]

    public init(contentType: String, contentEncoding: String? = nil, body: [UInt8]) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.body = body
    }
}

/// A request for a page under /debug/pprof/.
public struct DebugRequest: Sendable {
    /// The last part of the path; empty, or `pprof`, for the index.
    public let name: String
    /// The text after the question mark.
    public let query: String
    /// The body of a POST; nil for a GET.
    public let posted: [UInt8]?
}

/// A page under /debug/pprof/.
public struct DebugAnswer: Sendable {
    public let status: Int
    public let contentType: String
    /// The name under which a browser stores the page; nil for a page that it shows.
    public let fileName: String?
    public let body: [UInt8]

    public init(status: Int, contentType: String, fileName: String?, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.fileName = fileName
        self.body = body
    }
}

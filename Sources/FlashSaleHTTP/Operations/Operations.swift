// What the HTTP side needs from the rest of the process to answer probes and scrapes. It comes as closures, so that
// neither the stores nor the exposition are known here.

public import Telemetry

/// The parts behind /health, /healthz, /readyz, /metrics, /debug/pprof/, /debug/loglevel and the access log.
public struct Operations: Sendable {
    /// Takes the line of a request. One that need not be kept may be left out, and then is not even made.
    public typealias RequestLog = @Sendable (_ mustBeKept: Bool, _ line: () -> RequestLine) -> Void

    /// The dependencies to ask, each at most once.
    public var probes: [HealthProbe]
    /// What the process itself uses.
    public var process: @Sendable () -> ProcessStatus
    /// Whether a disk that the service writes to has no room to speak of. It may wait, and is waited for as a probe is.
    public var isDiskFull: @Sendable () async -> Bool
    /// One line for each replica of the database, with how far it is behind. It may wait as well.
    public var replicas: @Sendable () async -> [String]
    /// Renders the metrics as a scrape asked for them; nil if too many scrapes are at it.
    public var exposition: @Sendable (ScrapeRequest) -> Exposition?
    /// False if the event loops have stopped turning.
    public var isAlive: @Sendable () -> Bool
    /// Answers for a page under /debug/pprof/; nil where there are no profiles.
    public var profile: (@Sendable (DebugRequest) async -> DebugAnswer)?
    /// Sets the level of the log to the one of that name, if one is given, and says which level it has then; nil if
    /// there is no such level.
    public var logLevel: @Sendable (_ name: String?) -> String?
    public var logRequest: RequestLog

    public init(
        probes: [HealthProbe], process: @escaping @Sendable () -> ProcessStatus,
        isDiskFull: @escaping @Sendable () async -> Bool = { false },
        replicas: @escaping @Sendable () async -> [String] = { [] },
        exposition: @escaping @Sendable (ScrapeRequest) -> Exposition?,
        isAlive: @escaping @Sendable () -> Bool = { true },
        profile: (@Sendable (DebugRequest) async -> DebugAnswer)? = nil,
        logLevel: @escaping @Sendable (_ name: String?) -> String?,
        logRequest: @escaping RequestLog = { _, _ in }
    ) {
        self.probes = probes
        self.process = process
        self.isDiskFull = isDiskFull
        self.replicas = replicas
        self.exposition = exposition
        self.isAlive = isAlive
        self.profile = profile
        self.logLevel = logLevel
        self.logRequest = logRequest
    }
}

/// How to find out whether a dependency answers.
public struct HealthProbe: Sendable {
    public let dependency: Dependency
    /// Asks once. It may hang: the probe's timeout is the caller's to keep.
    public let isUp: @Sendable () async -> Bool

    public init(_ dependency: Dependency, isUp: @escaping @Sendable () async -> Bool) {
        self.dependency = dependency
        self.isUp = isUp
    }
}

/// What the process uses, in bytes, and how many tasks of ours are alive.
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

/// What a scraper asks for.
public struct ScrapeRequest: Sendable {
    /// Its `Accept`; nil if it has none.
    public let accept: String?
    /// Its `Accept-Encoding`; nil if it has none.
    public let acceptEncoding: String?
    /// Its `name[]` parameters: families or samples; everything if there are none.
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

/// What is asked of a page under /debug/pprof/.
public struct DebugRequest: Sendable {
    /// The rest of the path; empty for the index.
    public let name: String
    /// As it stands in the address, without the question mark.
    public let query: String
    /// The body of a POST; nil for a GET.
    public let posted: [UInt8]?
}

/// What such a page says.
public struct DebugAnswer: Sendable {
    public let status: Int
    public let contentType: String
    /// The name under which a browser stores it; nil for what is shown.
    public let fileName: String?
    public let body: [UInt8]

    public init(status: Int, contentType: String, fileName: String?, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.fileName = fileName
        self.body = body
    }
}

// The settings by name: the one list from which help, errors and the start's echo come.

import TelemetryExport

/// A setting: `FLASHSALE_<NAME>` in the environment, `--<name>` as a flag, `<name>` by dots in a file.
struct Setting: Sendable {
    /// The key, by its words: `http.host` is `FLASHSALE_HTTP_HOST` and `--http-host`.
    let key: String
    let help: String
    let isSecret: Bool

    init(_ key: String, _ help: String, isSecret: Bool = false) {
        self.key = key
        self.help = help
        self.isSecret = isSecret
    }

    var variable: String { "FLASHSALE_" + key.uppercased().replacing(".", with: "_").replacing("-", with: "_") }
    var flag: String { "--" + key.replacing(".", with: "-") }

    static let httpHost = Setting("http.host", "address the API listens on (0.0.0.0)")
    static let httpPort = Setting("http.port", "port of the API (8080)")
    static let httpLoops = Setting("http.loops", "event loops that serve the API (1)")
    static let httpConnections = Setting("http.connections", "client connections at most (10000)")
    static let httpRequests = Setting("http.requests", "requests in flight at most (4096)")
    static let httpBuyerRate = Setting("http.buyer.rate", "requests a second of one buyer, 0 for no limit (50)")
    static let httpBuyerBurst = Setting("http.buyer.burst", "requests of one buyer at once (500)")
    static let drainSeconds = Setting("drain.seconds", "how long readiness is off before the port closes (2)")
    static let opsHost = Setting("ops.host", "address of metrics and health (127.0.0.1)")
    static let opsPort = Setting("ops.port", "port of metrics and health (9464)")
    static let metricsOnAPIPort = Setting("metrics.on.api.port", "whether the API port shows metrics too (true)")
    static let databaseURL = Setting("database.url", "postgres://user:password@host:port/database", isSecret: true)
    static let databaseConnections = Setting("database.connections", "Postgres connections for reads at most (8)")
    static let redisURL = Setting("redis.url", "redis://user:password@host:port/database", isSecret: true)
    static let adminToken = Setting("admin.token", "what POST /admin/sales asks for, 16 bytes or more", isSecret: true)
    static let holdSeconds = Setting("hold.seconds", "how long a hold lasts (120)")
    static let maxItemsPerUser = Setting("max.items.per.user", "units a buyer may take in one sale (10)")
    static let saleItems = Setting("sale.items", "items of a scheduled sale (10000)")
    static let saleSeconds = Setting("sale.seconds", "length of a scheduled sale (3600)")
    static let scheduler = Setting("scheduler", "whether sales are scheduled: on or off (on)")
    static let logLevel = Setting("log.level", "trace, debug, info, notice, warning, error or critical (info)")
    static let logUserID = Setting("log.user.id", "how logs show buyers: plain, hash or off (plain)")
    static let slowMilliseconds = Setting("slow.milliseconds", "what takes longer than this is logged (250)")
    static let dataDirectory = Setting("data.dir", "where `flashsale dev` keeps its servers' data (.flashsale)")

    static let telemetry = Setting(
        "telemetry", "full, or off to learn its cost: no request, query or command is observed (full)")
    static let profiling = Setting("profiling", "continuous writes a profile every 30 s: continuous or off (off)")
    static let profileDirectory = Setting("profile.dir", "where those profiles go, the last 20 (DATA_DIR/profiles)")
    static let profileUploadURL = Setting(
        "profile.upload.url", "http://host/prefix under which each is PUT, then removed here", isSecret: true)

    static let all = [
        httpHost, httpPort, httpLoops, httpConnections, httpRequests, httpBuyerRate, httpBuyerBurst, drainSeconds,
        opsHost, opsPort, metricsOnAPIPort, databaseURL, databaseConnections, redisURL, adminToken, holdSeconds,
        maxItemsPerUser, saleItems, saleSeconds, scheduler, logLevel, logUserID, slowMilliseconds, dataDirectory,
        telemetry, profiling, profileDirectory, profileUploadURL,
    ]

    /// The list for `--help`.
    static var discussion: String {
        let width = all.map(\.flag.count).max() ?? 0
        let lines = all.map { setting in
            "  " + setting.flag + String(repeating: " ", count: width - setting.flag.count + 2) + setting.help
        }
        return """
            Settings, as flags or in the environment (FLASHSALE_HTTP_PORT for --http-port); flags win. With
            FLASHSALE_CONFIG=FILE they are read from a JSON file too ({"http": {"port": 8080}}), which comes last.

            \(lines.joined(separator: "\n"))

            \(ExportVariable.discussion)
            """
    }
}

// The settings by name: the one list from which flags, help, errors, docs/SETTINGS.md and the start's echo come.

import Discovery
import FlashSale
import FlashSaleHTTP
import Logging
import OperatorConsole
import Telemetry
import TelemetryExport
import Textbook
import Tokens

/// A setting: `FLASHSALE_<NAME>` in the environment, `--<name>` as a flag, `<name>` by dots in a file.
///
/// A fresh `Settings` has its default, and that stands there or in the module that uses it.
struct Setting: Sendable {
    /// The key, by its words: `http.host` is `FLASHSALE_HTTP_HOST` and `--http-host`.
    let key: String
    let help: String
    let isSecret: Bool
    /// The default as text; empty if there is none.
    let standard: String
    /// Puts a text into the settings. If it is not a value, returns what it must be.
    private let put: @Sendable (String, inout Settings) -> String?
    /// The value in settings, as text.
    let text: @Sendable (Settings) -> String

    init<Value>(
        _ key: String, _ path: any WritableKeyPath<Settings, Value> & Sendable, _ notation: Notation<Value>,
        _ help: String, isSecret: Bool = false
    ) {
        self.key = key
        self.help = help
        self.isSecret = isSecret
        standard = notation.text(Settings()[keyPath: path])
        put = { text, settings in
            guard let value = notation.parse(text) else { return notation.expectation }
            settings[keyPath: path] = value
            return nil
        }
        text = { notation.text($0[keyPath: path]) }
    }

    var variable: String { SettingText.variable(key) }
    var flag: String { "--" + key.replacing(".", with: "-") }

    /// Puts a text into the settings.
    ///
    /// - Returns: a sentence if the text is not a value of this setting. The sentence repeats no secret.
    func read(_ text: String, into settings: inout Settings) -> String? {
        if let blemish = SettingText.blemish(of: text) { return "\(variable) \(blemish)" }
        return put(text, &settings).map { "\(variable) must be \($0)" + (isSecret ? "" : ", not \(text)") }
    }

    /// The value for the log. A secret shows whether it is set, and no more.
    func shown(in settings: Settings) -> String {
        let text = text(settings)
        return text.isEmpty ? "unset" : isSecret ? "[REDACTED]" : text
    }
}

extension Setting {
    static let databaseURL = Setting(
        "database.url", \.databaseURL, .secret(), "postgres://user:password@host:port/database", isSecret: true)
    static let databaseDurability = Setting(
        "database.durability", \.databaseDurability, .choice,
        "local, or replicated: no start, and not ready, while commits wait for no standby")
    static let publicURL = Setting(
        "public.url", \.publicURL, .address, "the API's address for the registry; by default where it listens")
    static let publicOperationsURL = Setting(
        "public.ops.url", \.publicOperationsURL, .address,
        "the address of metrics and health for the registry, which Prometheus scrapes; by default where they are")
    static let redisURL = Setting(
        "redis.url", \.redisURL, .secret(),
        "redis://user:password@host:port/database, or rediss://, unix://, redis+sentinel:// or redis-cluster://"
            + " (docs/OPERATING.md)",
        isSecret: true)

    static let pods = Setting(
        "pods", \.pods, .pods,
        "pods besides home, by their numbers; POD_1_DATABASE_URL and POD_1_REDIS_URL say where the first is"
            + " (docs/SHOPS.md)")

    static let all = [
        Setting(
            "http.host", \.http.api.host, .host, "address the API listens on; :: for IPv6 and IPv4"),
        Setting("http.port", \.http.api.port, .integer(0...65_535), "port of the API"),
        Setting(
            "http.tls.certificate", \.http.tlsCertificate, .text,
            "PEM file of the API's certificate and its chain, read again when it changes; without it no TLS"),
        Setting("http.tls.key", \.http.tlsKey, .text, "PEM file of the certificate's private key"),
        Setting("http.loops", \.eventLoops, .integer(1...EventLoopNumber.countMax), "event loops that serve the API"),
        Setting(
            "http.connections", \.http.limits.connections, .integer(1...1_000_000), "client connections at most"),
        Setting(
            "live.listeners", \.http.limits.liveListeners, .integer(0...1_000_000),
            "listeners to sales' events at most, 0 for none; more are answered 503"),
        Setting(
            "live.network.listeners", \.http.limits.liveListenersPerNetwork, .integer(1...1_000_000),
            "how many of them one network may have; more are answered 429"),
        Setting(
            "http.idle.seconds", \.http.limits.idleTimeout, .seconds(2...3_600),
            "how long a client's connection waits for its next request; longer than its balancer's"),
        Setting(
            "http.network.percent", \.http.limits.networkPercent, .integer(1...100),
            "share of the connections that one network (IPv4 /24, IPv6 /56) may have, 100 for any"),
        Setting(
            "http.network.unbound", \.http.unboundNetworks, .networks, "networks that may have any share of them"),
        Setting(
            "trusted.proxies", \.http.trustedProxies, .networks,
            "proxies whose X-Forwarded-For, Forwarded and traceparent count; no share binds them"),
        Setting(
            "page", \.http.showsPage, .onOrOff, "the page at / of the API's port, on which buyers buy: on or off"),
        Setting(
            "http.origins", \.http.origins, .origins,
            "origins whose pages may call buyers' routes from a browser, like https://shop.example; none by default"),
        Setting(
            "http.proxy.protocol", \.http.readsProxyHeaders, .onOrOff,
            "whether connections of trusted proxies to the API begin with a header of the PROXY protocol"),
        Setting("http.requests", \.http.limits.requestsInFlight, .integer(1...100_000), "requests in flight at most"),
        Setting(
            "http.buyer.rate", \.http.limits.buyerRequestsPerSecond, .integer(0...1_000_000),
            "requests a second of one buyer, 0 for no limit; more are answered 429"),
        Setting(
            "http.buyer.burst", \.http.limits.buyerRequestsBurst, .integer(1...1_000_000),
            "requests of one buyer at once"),
        Setting(
            "drain.seconds", \.http.limits.drainNotice, .seconds(0...300),
            "how long readiness is off before the port closes"),
        Setting("ops.host", \.http.operations.host, .host, "address of metrics and health"),
        Setting("ops.port", \.http.operations.port, .integer(0...65_535), "port of metrics and health"),
        Setting("console", \.console.isOn, .onOrOff, "the operators' console at /console of that port: on or off"),
        Setting("console.banner", \.console.banner, .text, "a word at the top of its pages, such as production"),
        Setting(
            "console.hosts", \.console.hosts, .names,
            "names under which browsers may ask for it, besides addresses, localhost and OPS_HOST"),
        Setting("console.grafana", \.console.links.grafana, .text, "Grafana's address, for links of the console"),
        Setting(
            "console.prometheus", \.console.links.prometheus, .text,
            "Prometheus's address, for links of the console and its stories, like http://127.0.0.1:9090"),
        Setting(
            "console.runbooks", \.console.links.runbooks, .text, "where the runbooks are, for a link of the console"),
        Setting(
            "metrics.on.api.port", \.http.metricsOnAPI, .choiceOrTruth,
            "whether the API port shows metrics too: on, off, or loopback for where only this machine can connect"),
        databaseURL, databaseDurability,
        Setting(
            "database.connections", \.databaseConnections, .integer(1...1_000), "Postgres connections for reads at most"
        ),
        redisURL,
        Setting(
            "admin.token", \.http.adminToken, .secret(bytesMin: 16),
            "what operators send as a bearer token, 16 bytes or more; without it their routes refuse everyone",
            isSecret: true),
        Setting(
            "identity", \.http.identity, .choice,
            "off: a buyer is whoever a request names; required: the bearer of a signed token (JWT)"),
        Setting(
            "identity.keys", \.http.identityKeys, .text,
            "file with the JWK set of the tokens' issuer, read again when it changes; each key has kid and alg"),
        Setting(
            "identity.secret", \.http.identitySecret, .secret(bytesMin: 32),
            "secret of 32 bytes or more that tokens without a kid are signed with (HS256)", isSecret: true),
        Setting("identity.issuer", \.http.tokenRules.issuer, .text, "iss of every token"),
        Setting("identity.audience", \.http.tokenRules.audience, .text, "aud of every token, or one of them"),
        Setting(
            "identity.claims", \.http.tokenRules.claims, .claims,
            "claims that must hold, such as phone_verified=true, with commas between them"),
        Setting("hold.seconds", \.defaults.hold, .seconds(1...86_400), "how long a hold lasts"),
        Setting(
            "max.items.per.user", \.defaults.maxItemsPerBuyer, .integer(1...Limits.itemsPerBuyer),
            "units a buyer may take in one sale"),
        Setting(
            "lapses.max", \.defaults.lapses, .integerOrUnset(0...1_000_000),
            "holds of a buyer that may end unpaid in a sale, 0 for any; unset: with identity twice the limit"),
        Setting("sale.items", \.defaults.itemCount, .integer(1...Limits.itemsPerSale), "items of a scheduled sale"),
        Setting(
            "sale.lanes", \.defaults.laneCount, .integer(Limits.lanes),
            "queues of the ledger that a sale has beside each other; at most one less than Postgres has cores"),
        Setting("sale.seconds", \.defaults.length, .seconds(1...31 * 86_400), "length of a scheduled sale"),
        Setting(
            "waiting.room", \.defaults.waitingRoom, .choice,
            "none, or on: a sale lets buyers in by number (docs/WAITING_ROOM.md), unless it says otherwise"),
        Setting(
            "gather.seconds", \.defaults.gather, .seconds(0...Int(Limits.gather.components.seconds)),
            "how long before the start a waiting room gathers buyers"),
        Setting(
            "room.pace", \.roomPace, .integerOrUnset(Limits.roomPace),
            "buyers a second that waiting rooms call; by default they find the pace themselves"),
        Setting(
            "network.joins", \.http.limits.networkJoinsPerMinute, .integer(0...1_000_000),
            "joins of waiting rooms of one network in a minute, 0 for any; more are answered 429"),
        Setting("scheduler", \.isScheduling, .onOrOff, "whether sales are scheduled, one after the other in each shop"),
        Setting(
            "shops", \.http.shops, .shops,
            "shops besides main, and the hosts that lead to them, such as acme,lego=lego.example (docs/SHOPS.md)"),
        pods,
        Setting(
            "retention.hours", \.retention.hotHours, .integer(1...87_600),
            "hours after its end when a sale moves into the archive"),
        Setting(
            "archive.days", \.retention.archiveDays, .integer(0...36_500),
            "days after its end when the archive forgets a sale and its orders, 0 for never"),
        Setting(
            "webhook.url", \.webhook.address, .webhook,
            "https:// address that is told orders and changes of sales (docs/WEBHOOKS.md); unset: nobody is told",
            isSecret: true),
        Setting(
            "webhook.secret", \.webhook.signer, .signer,
            "whsec_ and base64 of 24 to 64 bytes: what signs them; while it is replaced, both with a space between",
            isSecret: true),
        Setting(
            "webhook.timeout.seconds", \.webhook.timeout, .seconds(1...60),
            "how long its connection may take, and again its answer"),
        Setting(
            "registry", \.registry, .registry,
            "where instances find one another (docs/DISCOVERY.md): off, ledger, a JSON file, etcd://… or zookeeper://…"
        ),
        publicURL, publicOperationsURL,
        Setting("log.level", \.log.level, .choice, "trace, debug, info, notice, warning, error or critical"),
        Setting("log.user.id", \.log.userID, .choice, "how logs show buyers: plain, hash or off"),
        Setting(
            "slow.milliseconds", \.http.limits.slowRequest, .milliseconds(1...60_000),
            "what takes longer than this is logged"),
        Setting("data.dir", \.dataDirectory, .text, "where `flashsale dev` keeps its servers' data"),
        Setting(
            "telemetry", \.telemetry, .choice,
            "full, or off to learn its cost: no request, query or command is observed"),
        Setting("profiling", \.profiling, .choice, "off, or continuous: a profile is written every 30 s"),
        Setting("profile.dir", \.profileDirectory, .text, "where the last 20 profiles are; else in DATA_DIR/profiles"),
        Setting(
            "profile.upload.url", \.profileStore, .store,
            "https://host/prefix under which each profile is PUT, then removed here", isSecret: true),
    ]
}

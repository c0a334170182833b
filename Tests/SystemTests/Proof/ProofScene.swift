// The proof's long form: the sale and its buyers, and the means of a fault from its start to its end.

import Foundation
import Testing

@testable import DevStack

actor ProofScene {
    nonisolated let stage: ProofStage
    private(set) var sale: Int
    private var buyers: ServiceProcess
    private var crowd: ServiceProcess?
    private var slowLine: FaultProxy?
    private var narrow: (process: ServiceProcess, port: Int)?
    private var idle: [Lent] = []
    private var carts = 0

    /// Buyers a second.
    private static let rate = 30
    private static let crowdRate = 150
    private static let buyingSecondsMax = 900
    /// Sold units that do not exist, more than the sale has.
    private static let ghosts = ProofStage.items + 1
    /// The narrow service's limits: most of its files are clients' connections, and nearly all of those are open.
    private static let narrowFiles = 190
    /// It refuses to start with so few files, so its limit is lowered after its start.
    private static let narrowFilesAtStart = 1_200
    private static let narrowKilobytes = 16_000_000
    private static let narrowConnections = 140
    private static let narrowClients = 135

    /// Opens a sale, and buyers come.
    init(_ stage: ProofStage) async throws {
        self.stage = stage
        sale = try await stage.openSale()
        buyers = try stage.sendBuyers(to: sale, rate: Self.rate, seconds: Self.buyingSecondsMax)
    }

    func end() {
        buyers.send(.kill)
    }

    /// Sends far more buyers than before. Returns when they have come.
    func sendCrowd() async throws {
        let requests = #"sum(rate(http_requests_total{job="flashsale"}[5s]))"#
        let before = try await stage.prometheus.now(requests).first?.values.first ?? 0
        crowd = try stage.sendBuyers(to: sale, rate: Self.crowdRate, seconds: Self.buyingSecondsMax, isWatched: false)
        try await until("the crowd is there") {
            await pause()
            return try await stage.prometheus.now(requests).first?.values.first ?? 0 > before + Double(Self.crowdRate)
        }
    }

    func dismissCrowd() {
        crowd?.send(.kill)
        crowd = nil
    }

    /// Ends the sale, opens the next one, and sends buyers again. Late answers of the old sale must not count against
    /// the new one.
    func changeSale() async throws {
        dismissCrowd()
        buyers.send(.kill)
        try await until("the last error has been counted") {
            await pause()
            return try await stage.prometheus.now("job:flashsale_requests_errors:increase1m").allSatisfy {
                $0.values == [0]
            }
        }
        try await stage.stores.deployment.ledger.run("UPDATE sales SET ended_at = now() WHERE sale_id = \(sale)")
        try await until("the sale is over") { try await stage.service.ask("GET", "/sales/active").status == 404 }
        sale = try await stage.openSale()
        buyers = try stage.sendBuyers(to: sale, rate: Self.rate, seconds: Self.buyingSecondsMax)
    }

    // MARK: The watchers

    /// The collector refuses, a second target of the metrics is slow, Alertmanager is stopped, one job has too many
    /// samples, and another has two targets where a rule needs one.
    func breakWatchers() async throws {
        try await stage.collectorLine.refuse()
        let line = try await FaultProxy.start(to: stage.service.operationsPort)
        try await line.set(.delay(.milliseconds(700)))
        slowLine = line
        let slowly = ["__scrape_interval__": "4s", "__scrape_timeout__": "4s"]
        try stage.scrapeServices([([stage.service.operationsPort], [:]), ([line.port], slowly)])
        try stage.scrape([stage.service.operationsPort], as: .limited)
        try stage.scrape([stage.service.operationsPort, line.port], as: .doubled)
        stage.alertmanager?.kill(.stop)
    }

    func mendWatchers() async throws {
        try await stage.collectorLine.admit()
        try stage.scrapeServices([([stage.service.operationsPort], [:])])
        try stage.scrape([], as: .limited)
        try stage.scrape([], as: .doubled)
        try await slowLine?.refuse()
        stage.alertmanager?.kill(.resume)
    }

    // MARK: Buyers and stores

    /// One buyer's code is purchased over many connections, and its lock is removed under the first to get it.
    func purchaseAtOnce() async throws {
        carts += 1
        let item = "ITM-\(sale)-\(ProofStage.items - 10 - carts % 1_000)"
        guard let code = try await stage.service.ask("POST", "/checkout?user_id=crowd-\(carts)&id=\(item)").code else {
            return
        }
        let redis = RedisConsole(url: stage.stores.redis.url)
        let keys = try await stage.stores.deployment.ledger.keys(of: sale)
        let lock = "\(keys):lock:\(code.split(separator: "-").last ?? "")"
        _ = try await Crowd.run(12, width: 12, ports: [stage.service.port]) { connections, number in
            guard number == 0 else {
                _ = try connections[0].send("POST", "/purchase?code=\(code)")
                return
            }
            let end = ContinuousClock.now + .seconds(1)
            while redis.send("DEL \(lock)") != ":1", ContinuousClock.now < end {}
        }
    }

    /// Counts sold units that do not exist, and adds a trigger that fails some checkouts with Postgres's error of a
    /// deadlock.
    func changeLedger() async throws {
        try await stage.stores.deployment.ledger.run(
            """
            UPDATE stocks SET sold = sold + \(Self.ghosts) WHERE sale_id = \(sale);
            CREATE FUNCTION proof_deadlock() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF random() < 0.1 THEN RAISE EXCEPTION 'a deadlock' USING ERRCODE = '40P01'; END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER proof_deadlock AFTER INSERT ON checkouts FOR EACH STATEMENT
                EXECUTE FUNCTION proof_deadlock();
            """)
    }

    /// Takes half of the units in the gate, without a buyer.
    func changeGate() async throws {
        let keys = try await stage.stores.deployment.ledger.keys(of: sale)
        let script = """
            local epoch = string.match(redis.call('GET', KEYS[1]) or '', '^%d+') \
            if epoch then \
            redis.call('SETRANGE', '\(keys):' .. epoch .. ':free', 0, string.rep(string.char(0), ARGV[1])) end \
            return 1
            """
        let redis = RedisConsole(url: stage.stores.redis.url)
        _ = redis.send("EVAL \"\(script)\" 1 \(keys):marker \(ProofStage.items / 16)")
    }

    func restoreLedger() async throws {
        try await stage.stores.deployment.ledger.run(
            """
            UPDATE stocks SET sold = sold - \(Self.ghosts) WHERE sale_id = \(sale);
            DROP TRIGGER proof_deadlock ON checkouts;
            DROP FUNCTION proof_deadlock();
            """)
    }

    // MARK: A narrow service

    /// A second service that may open few files and map little memory, admits few clients, and logs to a full device.
    func startNarrowService() async throws {
        let (port, operationsPort) = (try LoopbackPort.free().number, try LoopbackPort.free().number)
        let deployment = stage.stores.deployment
        let settings = deployment.settings.merging([
            "FLASHSALE_HTTP_HOST": "127.0.0.1", "FLASHSALE_HTTP_PORT": "\(port)",
            "FLASHSALE_OPS_PORT": "\(operationsPort)", "FLASHSALE_SCHEDULER": "off", "FLASHSALE_LOG_LEVEL": "info",
            "FLASHSALE_HTTP_CONNECTIONS": "\(Self.narrowConnections)",
        ]) { $1 }
        let process = try ServiceProcess(
            ["serve"], settings: settings,
            shell: """
                ulimit -n \(Self.narrowFilesAtStart); ulimit -v \(Self.narrowKilobytes); exec "$@" > /dev/full 2> "$err"
                """)
        narrow = (process, port)
        try await until("the narrow service answers") {
            try #require(!process.hasEnded, "\(process.errors)")
            return try await Crowd.run(1, ports: [port]) { connections, _ in
                (try? connections[0].send("GET", "/healthz"))?.status == 200
            }[0]
        }
        idle = try await Crowd.run(1, ports: []) { _, _ in
            try (0..<Self.narrowClients).map { _ in
                let connection = HTTPConnection(port: port)
                _ = try connection.send("GET", "/healthz")
                return Lent(connection)
            }
        }[0]
        let pid = try #require(process.id)
        let limit = try ServiceProcess([], shell: "prlimit --pid \(pid) --nofile=\(Self.narrowFiles) 2> \"$err\"")
        try #require(await limit.end() == 0, "\(limit.errors)")
        try stage.scrapeServices([([stage.service.operationsPort, operationsPort], [:])])
    }

    func askNarrowService() async throws {
        guard let narrow else { return }
        _ = try await Crowd.run(20, width: 1, ports: [narrow.port]) { connections, _ in
            try? connections[0].send("GET", "/nothing")
        }
        // The service closes connections that stay silent for long.
        _ = try await Crowd.run(idle.count, width: 1, ports: []) { [idle] _, number in
            _ = try idle[number].connection.send("GET", "/healthz")
        }
    }

    func stopNarrowService() async throws {
        idle = []
        narrow?.process.send(.kill)
        narrow = nil
        try stage.scrapeServices([([stage.service.operationsPort], [:])])
    }
}

/// A connection on its way from one thread to another, which has it alone.
private struct Lent: @unchecked Sendable {
    let connection: HTTPConnection

    init(_ connection: HTTPConnection) {
        self.connection = connection
    }
}

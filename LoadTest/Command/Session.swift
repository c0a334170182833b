// A whole run: survey, load, audit, report. Commands and tests alike use it.

import Audit
import Glibc
import NIOCore
import NIOPosix
import Reports
import Synchronization
import TLSClient

/// The settings of a session.
struct Session: Sendable {
    var scenario: Scenario
    var target: Target
    /// Further instances of the service. The load goes to all; what is asked beside the load goes to the first.
    var otherTargets: [Target] = []
    /// The file of the authorities that an https target's certificate may come from; nil for the system's.
    var authorities: String?
    /// With an old journal, its own target is used unless this is set.
    var asksTargetOfJournal = false
    /// Signs for the buyers; nil where they need not prove who they are.
    var tokens: BuyerTokens?
    /// Nil for the active sale.
    var sale: Int32?
    /// The path of raw mode; nil for a sale.
    var rawPath: String?
    /// Nil for a new one in the current directory.
    var journalPath: String?
    var databaseURL: String?
    var redisURL: String?
    /// Others buy from the same sale.
    var hasStrangers = false
    var skipsAudit = false
    /// Nil for none; 0 for any free one.
    var metricsPort: Int?
    /// The address that they are served on.
    var metricsHost = "127.0.0.1"
    /// How long the items of a large sale are read before the run. The audit needs to know which are free at the start,
    /// and without the ledger it judges no refusal for an item that was not read.
    var surveyTime = Duration.seconds(3)
    var isTerminal = false
    var isQuiet = false

    /// Says in a sentence why there was no run.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The time limit of a question beside the load, in seconds.
    private static let probeTimeout = 5.0
    /// How long an overloaded service is asked again before a run, and for its audit.
    private static let patience = Duration.seconds(30)
    /// How long an overloaded service has before the next of several runs. It lets in everybody 20 s after the crowd.
    static let recovery = Duration.seconds(20)

    /// Runs, and judges what happened.
    ///
    /// - Parameters:
    ///   - whenRunning: gets the run, which it may end early.
    ///   - eachSecond: gets the figures of all seconds so far.
    func run(
        whenRunning: (LoadRun) -> Void = { _ in }, eachSecond: @escaping @Sendable (LaneReading) -> Void = { _ in }
    ) async throws -> RunReport {
        try Descriptors.reserve(for: scenario)
        // Questions and metrics have their own thread: they must not make a lane late.
        return try await MultiThreadedEventLoopGroup.withEventLoopGroup(numberOfThreads: 1) { side in
            let dialer = try await dialer(to: [target] + otherTargets, on: side.next())
            return try await MultiThreadedEventLoopGroup.withEventLoopGroup(numberOfThreads: scenario.threads) {
                try await run(dialer, $0, side, whenRunning, eachSecond)
            }
        }
    }

    private func run(
        _ dialer: Dialer, _ group: MultiThreadedEventLoopGroup, _ side: MultiThreadedEventLoopGroup,
        _ whenRunning: (LoadRun) -> Void, _ eachSecond: @escaping @Sendable (LaneReading) -> Void
    ) async throws -> RunReport {
        let survey = survey(dialer, side)
        let witness = try databaseURL.map { try StoreWitness(databaseURL: $0, redisURL: redisURL) }
        let metrics = MetricsServer()
        if let metricsPort {
            do {
                try await metrics.listen(host: metricsHost, port: metricsPort, group: side)
            } catch {
                let why = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
                throw Failure(
                    description: "The metrics cannot be served on \(metricsHost), port \(metricsPort): \(why)."
                        + " Name another with --metrics-port, or 0 for none.")
            }
        }
        let plan = try await plan(dialer, survey)
        let view = LiveView(
            isTerminal: isTerminal, length: scenario.seconds, units: plan.sale.map { $0.itemCount * $0.stock })
        let load = LoadRun(plan, group: group)
        whenRunning(load)
        guard await waitForBell(plan, load) else {
            plan.journal?.discard()
            await metrics.close()
            await witness?.close()
            throw Failure(description: "STOPPED before the sale's bell: nothing was sent.")
        }
        let isQuiet = isQuiet
        let id = plan.sale?.id
        let record = try await load.run(
            itemsSold: { await Self.itemsSold(survey, id) },
            each: { reading, second in
                metrics.update(reading, itemsSold: second.itemsSold)
                if !isQuiet { view.show(reading, second) }
                eachSecond(reading)
            })
        plan.journal?.close()
        await metrics.close()
        var verdict: AuditReport?
        var waits: [LineBook.Wait] = []
        if let journal = plan.journal, !skipsAudit {
            let history = try History(path: journal.path)
            verdict = await judge(history, survey, witness)
            if plan.sale?.roomStarts != nil { waits = LineBook(history).waits }
        }
        await witness?.close()
        return RunReport(plan, record, verdict: verdict, waits: waits)
    }

    /// Judges an old journal.
    func audit(_ path: String) async throws -> AuditReport {
        let history = try History(path: path)
        let target = asksTargetOfJournal ? try Target(parsing: history.target) : target
        return try await MultiThreadedEventLoopGroup.withEventLoopGroup(numberOfThreads: 1) { side in
            let dialer = try await dialer(to: [target], on: side.next())
            let witness = try databaseURL.map { try StoreWitness(databaseURL: $0, redisURL: redisURL) }
            let verdict = await judge(history, survey(dialer, side), witness)
            await witness?.close()
            return verdict
        }
    }

    private func judge(_ history: History, _ survey: Survey, _ witness: StoreWitness?) async -> AuditReport {
        let start = ContinuousClock.now
        let progress = progress
        let gathering = EvidenceGathering(survey: survey, witness: witness, tokens: tokens, progress: progress)
        let (evidence, findings, problem) = await gathering.gather(history)
        let (promises, notes) = await progress.during("audit: judging the answers") {
            let audit = PromiseAudit(history, evidence, hasStrangers: hasStrangers)
            return (audit.findings, audit.notes)
        }
        progress.clear()
        return AuditReport(
            findings: promises + findings, notes: notes, problem: problem, duration: start.duration(to: .now))
    }

    private func dialer(to targets: [Target], on eventLoop: any EventLoop) async throws -> Dialer {
        let trust = targets.contains(where: \.isSecure) ? try TLSPolicy(authorities: authorities) : nil
        var doors: [Dialer.Door] = []
        for target in targets {
            let address = try await target.address(on: eventLoop, within: Self.probeTimeout)
            doors.append(Dialer.Door(target: target, address: address))
        }
        return Dialer(doors, trust: trust)
    }

    private func survey(_ dialer: Dialer, _ group: MultiThreadedEventLoopGroup) -> Survey {
        let prober = Prober(eventLoop: group.next(), dialer: dialer.first, timeout: Self.probeTimeout)
        return Survey(prober: prober, target: dialer.target, patience: Self.patience)
    }

    private func plan(_ dialer: Dialer, _ survey: Survey) async throws -> RunPlan {
        let run = String(UInt64(WallClock.now / 1_000_000), radix: 36)
        if let rawPath {
            _ = try await survey.prober.get(rawPath)
            return RunPlan(
                scenario: scenario, dialer: dialer, mode: .raw(path: rawPath), run: run)
        }
        // First of all, so that nothing is asked if nothing can be noted. The journal itself is made once there is a
        // run, so that one that ends before leaves none.
        try Journal.check(journalPath)
        let facts = try await facts(survey)
        let journal = if let journalPath { try Journal(path: journalPath) } else { try Journal.new() }
        return RunPlan(scenario: scenario, dialer: dialer, mode: .sale(facts, journal), run: run, tokens: tokens)
    }

    private func facts(_ survey: Survey) async throws -> SaleFacts {
        let found = try await survey.sale(sale)
        var facts = SaleFacts(id: found.id, itemCount: found.itemCount, stock: found.stock, limit: found.limit)
        let progress = progress
        let wish = Survey.Wish(deadline: .now + surveyTime)
        let (items, isCutOff) = try await survey.items(of: found.id, wish) { count in
            progress.show("items of the sale: \(Words.count(count)) of \(Words.count(found.itemCount)) read")
        }
        progress.clear()
        for item in items where item.available < found.stock { facts.scarce[item.number] = item.available }
        if isCutOff { facts.unreadFrom = (items.last?.number ?? 0) + 1 }
        facts.roomStarts = try await survey.roomStarts(of: found.id)
        if scenario.mix.needsRoom, facts.roomStarts == nil {
            throw Failure(description: "Sale \(found.id) has no waiting room, and buyers of this scenario come to one.")
        }
        return facts
    }

    /// Waits until the schedule begins, if its bell is that of the sale. A sale that starts sooner is not waited for.
    ///
    /// - Returns: false if the run was stopped meanwhile.
    private func waitForBell(_ plan: RunPlan, _ load: LoadRun) async -> Bool {
        guard let begin = plan.beginsAt else { return true }
        let wait = Duration.nanoseconds(begin - WallClock.now) - Self.warmUpTime
        guard wait > .zero else { return true }
        await progress.during("the sale's start is to come: waiting") { await load.wish.rest(wait) }
        return !load.wish.isThere
    }

    /// Connections are opened in this time before the schedule begins.
    private static let warmUpTime = Duration.seconds(3)

    private var progress: Progress { Progress(isShown: !isQuiet, isTerminal: isTerminal) }

    private static func itemsSold(_ survey: Survey, _ sale: Int32?) async -> Int? {
        guard let sale else { return nil }
        var survey = survey
        survey.patience = .zero
        return try? await survey.sale(sale).itemsSold
    }
}

// Holds every declaration of the service and of the load generator against the words that the code uses.

import Testing

@Suite("Every declaration has a use")
struct DeclarationsTests {
    @Test("Production code names what it declares; uses by tests do not count")
    func production() {
        let files = Repository.files.filter { $0.isSource || $0.path.hasPrefix("LoadTest/") }
        let ofTests = files.filter(Self.isForTests)
        let production = files.filter { !Self.isForTests($0) }
        #expect(production.count > 300 && ofTests.count > 30, "the files are not found any more")
        let users = ofTests.filter { $0.module != "FlashSaleTesting" }
        let findings = Declarations(in: production, users: users).unnamed(exempt: Self.exempt)
        #expect(findings.isEmpty, "\(listing(findings))")
    }

    @Test("Tests name what the modules declare that exist for them")
    func forTests() {
        let declaring = Repository.files.filter(Self.isForTests)
        let users = Repository.files.filter { $0.isTest || $0.isSource && !Self.isForTests($0) }
        let findings = Declarations(in: declaring, users: users).unnamed(exempt: Self.exempt)
        #expect(findings.isEmpty, "\(listing(findings))")
    }

    @Test(
        "A declaration without a use is found, whatever its kind",
        arguments: [
            ("func lonely() {}\nfunc used() { used() }", [1]),
            ("struct Lonely {}", [1]), ("let lonely = 1\nlet used = 2\nprint(used)", [1]),
            // A case is used as a member, and neither by a call of its name nor in a string.
            ("enum E {\n    case used, lonely\n}\nlet e = E.used\nprint(e, lonely(), \"lonely\")", [2]),
            ("enum E {\n    case lonely(Int)\n    case used(Int)\n}\nlet e = E.used(1)\nprint(e)", [2]),
            ("// A comment names lonely.\nvar lonely: Int { 1 }", [2]),
            ("let e = f()\nswitch e {\ncase .a: f()\ncase EINTR: f()\ndefault: break\n}\nfunc f() {}", []),
            ("let used = 1\nlet text = \"\\(used) \\(text)\"", []),
        ])
    func samples(text: String, lines: [Int]) {
        let file = SourceFile(path: "Sources/Sale/A.swift", text: text)
        #expect(Declarations(in: [file]).unnamed(exempt: []).map(\.line) == lines)
    }

    @Test("A use in another file counts, and an exempt name is passed over")
    func elsewhere() {
        let file = SourceFile(path: "Sources/Sale/A.swift", text: "func called() {}\nfunc witness() {}")
        let user = SourceFile(path: "Sources/Sale/B.swift", text: "called()")
        #expect(Declarations(in: [file], users: [user]).unnamed(exempt: ["witness"]).isEmpty)
    }

    private func listing(_ findings: [Finding]) -> String {
        findings.map(\.description).joined(separator: "\n")
    }

    /// Modules whose users are the tests: private servers, stand-ins, and the boards, which a test writes.
    private static func isForTests(_ file: SourceFile) -> Bool {
        ["DevStack", "Dashboards", "FlashSaleTesting"].contains(file.module)
    }

    /// Names that other code uses than ours, and by what.
    private static let exempt: Set<String> = Set(
        [
            // Swift: entry points, a call of a value, what a debugger shows.
            [
                "ExpositionBench", "InstrumentBench", "Program", "RoomBench", "callAsFunction",
                "customMirror",
            ],
            // ArgumentParser.
            ["validate"],
            // NIO calls handlers and delegates.
            [
                "InboundIn", "InboundOut", "OutboundIn", "OutboundOut", "channelActive", "channelInactive",
                "channelRead", "errorCaught", "handlerAdded", "handlerRemoved", "processedTick",
                "userInboundEventTriggered",
            ],
            // swift-mustache calls content types.
            ["escapeText"],
            // swift-metrics calls factories and recorders.
            [
                "destroyCounter", "destroyFloatingPointCounter", "destroyMeter", "destroyRecorder", "destroyTimer",
                "makeCounter", "makeFloatingPointCounter", "makeMeter", "makeRecorder", "makeTimer",
                "recordNanoseconds",
            ],
            // swift-distributed-tracing calls tracers and spans.
            [
                "addEvent", "addLink", "forceFlush", "isRecording", "nameOverride", "recordError", "setStatus",
                "startSpan",
            ],
            // The kernel reads the layout of a packet filter.
            ["ifTrue"],
            // Requests name them: these cases are found by their raw values.
            ["syntheticType", "testRun"],
            // So does the ledger.
            ["orderPlaced", "orderRefunded", "saleChanged"],
        ].joined())
}

// Checks the habits in the whole repository. HabitTests show what each habit finds.

import Testing

@Suite("The repository keeps its habits")
struct RepositoryTests {
    @Test("In every file", arguments: Habit.all)
    func habits(habit: Habit) {
        let findings = Repository.files.flatMap(habit.findings)
        #expect(findings.isEmpty, "\(habit):\n\(listing(findings))")
    }

    @Test("A module imports only modules that Package.swift draws an arrow to")
    func imports() {
        let arrows = Arrows(package: Repository.file("Package.swift").text)
        #expect(arrows.modules.count > 20, "Package.swift is not read any more")
        let findings = Repository.files.flatMap(arrows.findings)
        #expect(findings.isEmpty, "\(listing(findings))")
    }

    @Test("Package.swift draws no arrow that the layout forbids")
    func layout() {
        let arrows = Arrows(package: Repository.file("Package.swift").text)
        let ofSources = arrows.modules.filter { !$0.key.hasSuffix("Tests") }
        #expect(Arrows(modules: ofSources).missing(in: Self.layout).isEmpty)
        let importers = ofSources.filter { $0.value.contains("FlashSaleTesting") || $0.value.contains("FlashSaleCLI") }
        #expect(importers.isEmpty, "test targets alone import FlashSaleTesting, and nothing imports the command line")
    }

    /// In FlashSaleHTTP the path of a route and the function that answers it share a file, so that a new route touches
    /// six files at most.
    @Test("No files of a module name one another in a circle")
    func circles() {
        let sources = Repository.files.filter { $0.kind == "swift" && ($0.isSource || $0.path.hasPrefix("LoadTest/")) }
        for (module, files) in Dictionary(grouping: sources, by: \.module) where module != "FlashSaleHTTP" {
            let circle = Circles(among: files).files
            #expect(circle.isEmpty, "\(module ?? "LoadTest"):\n\(circle.joined(separator: "\n"))")
        }
    }

    @Test("Every tag of a template is a field that its module's code names")
    func templates() {
        let templates = Repository.files.filter { $0.kind == "mustache" }
        #expect(templates.count > 20)
        let findings = templates.flatMap { template in
            Templates.emptyTags(of: template, filledBy: Repository.files.filter { $0.module == template.module })
        }
        #expect(findings.isEmpty, "\(listing(findings))")
    }

    @Test("Every link leads to a file")
    func links() {
        let findings = Repository.files.filter { $0.kind == "md" }.flatMap { file in
            Documents.links(of: file).filter { !Repository.exists($0.path) }
                .map { file.finding($0.line, "\($0.path) does not exist") }
        }
        #expect(findings.isEmpty, "\(listing(findings))")
    }

    @Test("Every link to a heading finds it")
    func headings() {
        let documents = Repository.files.filter { $0.kind == "md" }
        let headings = Dictionary(uniqueKeysWithValues: documents.map { ($0.path, Documents.headings(of: $0)) })
        let links = documents.flatMap { file in Documents.headings(linkedFrom: file).map { (file, $0) } }
        #expect(links.count > 5)
        let findings = links.filter { headings[$1.path]?.contains($1.heading) == false }
            .map { file, link in file.finding(link.line, "\(link.path) has no heading \(link.heading)") }
        #expect(findings.isEmpty, "\(listing(findings))")
    }

    @Test("Every path that a document names in its code leads to a file", arguments: ["README.md", "CONTRIBUTING.md"])
    func paths(document: String) {
        let file = Repository.file(document)
        let findings = Documents.paths(of: file).filter { !Repository.exists($0.path) }
            .map { file.finding($0.line, "\($0.path) does not exist") }
        #expect(findings.isEmpty, "\(listing(findings))")
    }

    @Test("CONTRIBUTING.md has a walk for each kind of change, of at most six files")
    func walks() {
        let walks = Documents.walks(of: Repository.file("CONTRIBUTING.md"), section: "Walks")
        #expect(walks.count == 6)
        #expect(walks.filter { $0.value > 6 }.isEmpty, "\(walks)")
    }

    @Test("Every make target that a document names exists, and README names `run` and `test` first")
    func commands() {
        let targets = Documents.targets(ofMakefile: Repository.file("Makefile"))
        let findings = Repository.files.filter { $0.kind == "md" }.flatMap { file in
            Documents.makeTargets(of: file).filter { !targets.contains($0.target) }
                .map { file.finding($0.line, "there is no target \($0.target)") }
        }
        #expect(findings.isEmpty, "\(listing(findings))")
        #expect(Documents.makeTargets(of: Repository.file("README.md")).map(\.target).starts(with: ["run", "test"]))
    }

    @Test("CI calls the same targets as people")
    func continuousIntegration() {
        let steps = Repository.file(".ci/run").lines
        for target in ["lint", "test", "guard"] { #expect(steps.contains("step make \(target)")) }
    }

    @Test("Git ignores what a build makes", arguments: [".build", "Package.resolved", ".flashsale"])
    func ignored(name: String) {
        #expect(Repository.file(".gitignore").lines.contains { $0.hasPrefix(name) })
    }

    private func listing(_ findings: [Finding]) -> String {
        findings.map(\.description).joined(separator: "\n")
    }

    /// The arrows that the design allows. Package.swift may draw fewer.
    private static let layout = Arrows(modules: [
        "Textbook": [],
        "Threads": ["CLinux"],
        "Reports": ["Textbook"],
        "Tokens": ["COpenSSL", "Textbook"],
        "Telemetry": ["Textbook"],
        "TelemetryExport": ["CLinux", "CZlib", "PlainHTTP", "TLSClient", "Telemetry", "Textbook", "Threads", "Tokens"],
        "Dashboards": ["Telemetry", "Textbook"],
        "LibpqClient": ["CLibpq", "CLinux", "Telemetry", "Textbook", "Threads"],
        "TLSClient": ["COpenSSL"],
        "HiredisClient": ["CHiredis", "TLSClient", "Telemetry", "Textbook"],
        "FlashSale": ["Telemetry", "Textbook", "Tokens"],
        "WaitingRoom": ["FlashSale", "Telemetry", "Textbook", "Tokens"],
        "RedisGate": ["FlashSale", "HiredisClient", "Telemetry", "Textbook"],
        "PlainHTTP": ["TLSClient", "Textbook"],
        "Webhooks": ["FlashSale", "PlainHTTP", "Telemetry", "Textbook", "Tokens"],
        "Discovery": ["PlainHTTP", "TLSClient", "Textbook", "Threads"],
        "PostgresLedger": [
            "Discovery", "FlashSale", "LibpqClient", "Telemetry", "Textbook", "WaitingRoom", "Webhooks",
        ],
        "Audit": ["HiredisClient", "LibpqClient", "Telemetry", "Tokens"],
        "BuyerPage": ["Telemetry", "Textbook"],
        "OperatorConsole": ["BuyerPage", "FlashSale", "Textbook", "Tokens"],
        "FlashSaleHTTP": [
            "BuyerPage", "Discovery", "FlashSale", "OperatorConsole", "Telemetry", "Textbook", "Tokens", "WaitingRoom",
        ],
        "SaleStory": ["LibpqClient", "PlainHTTP", "Reports", "Telemetry", "Textbook"],
        "DevStack": ["CLinux", "Threads"],
        "FlashSaleLoad": ["Audit", "Reports", "TLSClient", "Telemetry", "Textbook", "Threads", "Tokens"],
        "FlashSaleTesting": ["Discovery", "FlashSale", "Telemetry", "Textbook", "WaitingRoom", "Webhooks"],
        "InstrumentBench": ["CAllocations", "Telemetry"], "ExpositionBench": ["Telemetry", "TelemetryExport"],
        "RoomBench": ["FlashSale", "Telemetry", "WaitingRoom"],
        "FlashSaleCLI": [
            "Audit", "CLinux", "DevStack", "Discovery", "FlashSale", "FlashSaleHTTP", "HiredisClient", "LibpqClient",
            "OperatorConsole", "PostgresLedger", "RedisGate", "SaleStory", "Telemetry", "TelemetryExport", "Textbook",
            "Threads", "Tokens", "WaitingRoom", "Webhooks",
        ],
    ])
}

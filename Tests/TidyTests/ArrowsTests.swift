// Shows what the checks of arrows, links and commands must find.

import Testing

@Suite("The checks of arrows and documents")
struct ArrowsTests {
    private let package = """
        let package = Package(
            targets: [
                .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
                .target(name: "CLinux"),
                library("Sale", []),
                library("Client", ["CLibpq", logging], resources: [.embedInCode("Sale")]),
                .executableTarget(
                    name: "Command",
                    dependencies: [
                        "Client", "Sale", logging,
                    ],
                    swiftSettings: settings
                ),
                tests("SaleTests", ["Sale"]),
            ]
        )
        """

    @Test("They read the arrows of Package.swift")
    func reading() {
        let expected: [String: Set<String>] = [
            "CLibpq": [], "CLinux": [], "Sale": [], "Client": ["CLibpq"], "Command": ["Client", "Sale"],
            "SaleTests": ["Sale"],
        ]
        #expect(Arrows(package: package).modules == expected)
    }

    @Test(
        "They find an import without an arrow, and a public import of a C library",
        arguments: [
            ("Sources/Sale/A.swift", "public import Client", [1]),
            ("Sources/Sale/A.swift", "// one\n@testable import Client", [2]),
            ("Sources/Client/A.swift", "public import CLibpq", [1]),
            ("Sources/Client/A.swift", "internal import CLibpq\nimport Glibc", []),
            ("Tests/SaleTests/A.swift", "@testable import Sale\nimport Testing", []),
            ("Tests/SaleTests/A.swift", "let text = \"import Client\"", []),
        ])
    func imports(path: String, text: String, lines: [Int]) {
        let findings = Arrows(package: package).findings(in: SourceFile(path: path, text: text))
        #expect(findings.map(\.line) == lines)
    }

    @Test("They name an arrow that the layout does not have")
    func layout() {
        let drawn = Arrows(modules: ["Sale": ["Client"], "Client": []])
        #expect(drawn.missing(in: Arrows(modules: ["Sale": []])) == ["Sale -> Client"])
    }

    @Test(
        "They find files that name one another, but no file that only names others or nests its own type of a name",
        arguments: [
            (["struct A { let b: B }", "struct B { let c: C }", "struct C { let a: A? }"], ["0", "1", "2"]),
            (
                [
                    "struct A { let b: B }", "struct B {}\nextension B { static let none: A? = nil }",
                    "struct C { let a: A }",
                ],
                ["0", "1"]
            ),
            (["struct A { let b: B }", "struct B {\n    enum A {}\n    let a: A\n}", "// A\nlet text = \"A\""], []),
            (["struct A { let b: B }", "struct B { let a: C.A }", "enum C {}"], []),
        ] as [([String], [String])])
    func circles(texts: [String], paths: [String]) {
        let files = texts.enumerated().map { SourceFile(path: "\($0).swift", text: $1) }
        #expect(Circles(among: files).files == paths.map { "\($0).swift" })
    }

    @Test("They find a tag that no string of the code names, of whatever kind")
    func emptyTags() {
        let text = "{{name}}\n{{#gone}}{{.}}{{/gone}}\n{{{foot}}}{{^list}}{{left}}{{/list}}"
        let template = SourceFile(path: "Sources/Page/Resources/a.mustache", text: text)
        let code = SourceFile(
            path: "Sources/Page/A.swift", text: "// \"gone\"\nlet left = [\"name\": 1, \"list\": [2]]\nf(\"foot\")")
        #expect(Templates.emptyTags(of: template, filledBy: [code]).map(\.line) == [2, 2, 3])
    }

    @Test("They resolve links from their file, and ignore links to other sites")
    func links() {
        let text = "[a](../README.md) [b](https://swift.org/x)\n[c](0002-x.md#part) [d](#here)"
        let links = Documents.links(of: SourceFile(path: "docs/decisions/0001.md", text: text))
        #expect(links.map(\.path) == ["docs/README.md", "docs/decisions/0002-x.md"])
        #expect(links.map(\.line) == [1, 2])
    }

    @Test("They know the headings of a document, and those that its links name")
    func headings() {
        let links = "[a](b.md#same-1) [c](#here) [d](https://x.org/#e)"
        let text = "# The *API*: `GET /x`\n```\n# no\n```\n## Same\n## Same\n\(links)"
        let file = SourceFile(path: "docs/a.md", text: text)
        #expect(Documents.headings(of: file) == ["the-api-get-x", "same", "same-1"])
        let found = Documents.headings(linkedFrom: file)
        #expect(found.map(\.path) == ["docs/b.md", "docs/a.md"] && found.map(\.heading) == ["same-1", "here"])
    }

    @Test("They find the paths in documents, and count the items of the numbered lists in a section")
    func pathsAndWalks() {
        let text = "# A\n## Walks\n### A sale\n1. `Sources/A.swift`: a\n2. b\n### A hold\n1. c\n## B\n1. `docs/…`"
        let document = SourceFile(path: "CONTRIBUTING.md", text: text)
        #expect(Documents.paths(of: document).map(\.path) == ["Sources/A.swift"])
        #expect(Documents.walks(of: document, section: "Walks") == ["A sale": 2, "A hold": 1])
    }

    @Test("They find the make targets in documents and in a Makefile")
    func makeTargets() {
        let document = SourceFile(path: "README.md", text: "Use `make run`.\nmake test   # all\nto make it so")
        #expect(Documents.makeTargets(of: document).map(\.target) == ["run", "test"])
        let makefile = SourceFile(path: "Makefile", text: ".PHONY: run\nrun: setup\n\tmake nothing:\ntest:\n")
        #expect(Documents.targets(ofMakefile: makefile) == ["run", "test"])
    }
}

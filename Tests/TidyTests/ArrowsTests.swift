// Shows the checks of arrows, links and commands what they must find.

import Testing

@Suite("Arrows and documents are checked")
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

    @Test("Package.swift is read with its arrows")
    func reading() {
        let expected: [String: Set<String>] = [
            "CLibpq": [], "CLinux": [], "Sale": [], "Client": ["CLibpq"], "Command": ["Client", "Sale"],
            "SaleTests": ["Sale"],
        ]
        #expect(Arrows(package: package).modules == expected)
    }

    @Test(
        "An import without an arrow is found, a C library that shows outside too",
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

    @Test("An arrow that the layout does not have is named")
    func layout() {
        let drawn = Arrows(modules: ["Sale": ["Client"], "Client": []])
        #expect(drawn.missing(in: Arrows(modules: ["Sale": []])) == ["Sale -> Client"])
    }

    @Test("Links are resolved from their file, and those to other sites are left alone")
    func links() {
        let text = "[a](../README.md) [b](https://swift.org/x)\n[c](0002-x.md#part) [d](#here)"
        let links = Documents.links(of: SourceFile(path: "docs/decisions/0001.md", text: text))
        #expect(links.map(\.path) == ["docs/README.md", "docs/decisions/0002-x.md"])
        #expect(links.map(\.line) == [1, 2])
    }

    @Test("The make targets of documents and of a Makefile are found")
    func makeTargets() {
        let document = SourceFile(path: "README.md", text: "Use `make run`.\nmake test   # all\nto make it so")
        #expect(Documents.makeTargets(of: document).map(\.target) == ["run", "test"])
        let makefile = SourceFile(path: "Makefile", text: ".PHONY: run\nrun: setup\n\tmake nothing:\ntest:\n")
        #expect(Documents.targets(ofMakefile: makefile) == ["run", "test"])
    }
}

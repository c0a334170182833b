// The output of a build: its progress, and the compiler's words in full.

import Testing

@Suite("The output of a build")
struct RunBuildTests {
    private func output(of lines: [String], status: Int) throws -> (status: Int32, lines: [String]) {
        let command = ["sh", "-c", #"printf '%s\n' "$@"; exit \#(status)"#, "swift"]
        let (ended, output) = try Promtool.run("bash", ["scripts/run-build", "building sale"] + command + lines)
        return (ended, output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    @Test("It shows errors and warnings in full and leaves out the steps")
    func errors() throws {
        let words = ["/a/Sale.swift:1:2: error: no such sale", "1 | let sale", "", "error: fatalError"]
        let steps = ["Building for production...", "[0/1] Planning build", "[1/9] Compiling Sale Sale.swift"]
        let (status, lines) = try output(of: steps + words + ["[2/9] Compiling a.c"], status: 1)
        #expect(status == 1)
        #expect(Array(lines.prefix(words.count)) == words)
        #expect(lines.dropFirst(words.count).first?.hasPrefix("building sale: failed after ") == true)
        #expect(!lines.joined().contains("\u{1B}"), "no terminal, no control characters")
    }

    @Test("A build that succeeds says how long it took")
    func success() throws {
        let (status, lines) = try output(of: ["[1/1] Linking sale", "Build complete! (1.2s)"], status: 0)
        #expect(status == 0)
        #expect(lines.count == 2 && lines[0].hasPrefix("building sale: done in "))
    }

    @Test("The modules whose cost it knows are modules of the build")
    func modules() {
        let script = Checkout.text("scripts/run-build")
        let known = script.matches(of: #/\[([A-Za-z0-9]+)\]=[0-9]+/#).map { String($0.1) }
        #expect(known.count > 20)
        let package = Checkout.text("Package.swift")
        for module in ["Audit", "DevStack", "FlashSale", "FlashSaleCLI", "FlashSaleHTTP", "HiredisClient"] {
            #expect(known.contains(module) && package.contains("\"\(module)\""))
        }
    }
}

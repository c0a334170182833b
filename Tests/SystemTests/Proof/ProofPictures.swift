// Has the dashboards drawn from what was measured.

import Foundation

enum ProofPictures {
    /// What buyers ask for; a profile of a second would dwarf it.
    private static let buyersHandlers = "checkout|purchase|order|sales_active|sale|sale_items"

    /// Draws boards of a run from its start until now, into a directory under `.build/proof`. A machine without Python
    /// goes without.
    static func draw(_ stage: ProofStage, to name: String, boards: [String] = []) throws {
        let python = "/usr/bin/python3"
        guard FileManager.default.isExecutableFile(atPath: python) else { return }
        let minutes = Date().timeIntervalSince(stage.start) / 60
        let program = Process()
        program.executableURL = URL(fileURLWithPath: python)
        program.arguments =
            [
                ProofStage.root.appendingPathComponent("scripts/draw-dashboards").path,
                "http://127.0.0.1:\(stage.prometheus.port)",
                ProofStage.root.appendingPathComponent(".build/proof/\(name)").path, "--minutes", "\(minutes)",
                "--interval", "\(ProofStage.intervalSeconds)", "--handler", buyersHandlers,
            ] + boards.flatMap { ["--board", $0] }
        try program.run()
        program.waitUntilExit()
    }
}

// `flashsale shops`: where shops are, and their moves from one pod to another, straight in the ledgers.

import ArgumentParser
import FlashSale
import FlashSaleHTTP

struct ShopsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shops", abstract: "Show which pods have the sales of shops, move shops, and read over all pods.",
        discussion: """
            The commands need FLASHSALE_DATABASE_URL, and FLASHSALE_PODS with the URL of each pod's ledger. They work \
            where no instance runs.

            Examples:
              flashsale shops list
              flashsale shops move --shop lego --to 1

            \(Setting.discussion(of: Setting.ofLedgers))
            """,
        subcommands: [ShopsListCommand.self, ShopsMoveCommand.self, ShopsViewsCommand.self])
}

struct ShopsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the shops, the pod of each, and what is not as it should be.")

    @OptionGroup var options: PodLedgerOptions

    func run() async throws {
        try await options.withLedgers { ledgers, settings in
            let known = await ShopMover(ledgers).known()
            let absent = ledgers.keys.filter { pod in !known.contains { $0.pod == pod } }
            let shops = Set(settings.http.shops.all).union(known.flatMap(\.moved.keys))
            let rows = shops.sorted { $0.description < $1.description }.map { shop in
                let latest = known.map { $0.placement(of: shop) }.max() ?? .unmoved(shop)
                return [
                    "\(shop)", latest.pod.title, "\(latest.version)", latest.bound ?? "", Self.note(on: latest, known),
                ]
            }
            // Where nobody answers, nobody has said where a shop is.
            if !known.isEmpty { print(TextTable(head: ["shop", "pod", "move", "sales from", ""], rows: rows).text) }
            guard absent.isEmpty else {
                throw Failure(absent.sorted().map { Failure.isAnother($0).description }.joined(separator: "\n"))
            }
        }
    }

    private static func note(on latest: ShopPlacement, _ known: [KnownPlacements]) -> String {
        switch ShopMoveStep.next(for: latest.shop, to: latest.pod, among: known) {
        case .tell(_, latest.pod): "on its way: run `flashsale shops move --shop \(latest.shop) --to \(latest.pod)`"
        case .tell(_, let pod):
            "\(pod.title) has an older word: run the move to \(latest.pod) again"
        case .done, .give, .unreachable: ""
        }
    }
}

struct ShopsMoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Move a shop: its next sales are created in another pod.",
        discussion: """
            A sale that is on goes on where it is, to its end, and its buyers notice nothing. The shop's next sale \
            begins after it, in the other pod. A move that was broken off is ended by the same command.
            """)

    @Option(help: "The shop.")
    var shop: String

    @Option(help: "The pod's number; 0 is home.", transform: PodID.read)
    var to: PodID

    @OptionGroup var options: PodLedgerOptions

    func run() async throws {
        let shop = try SaleLedgerOptions.shop(shop)
        try await options.withLedgers { ledgers, settings in
            let target = try settings.pods(named: to)[0]
            var givenAt: ContinuousClock.Instant?
            let end = try await ShopMover(ledgers).move(shop, to: target) { step in
                switch step {
                case .give(let placement):
                    givenAt = .now
                    print("\(placement.pod.title) gives \(shop) away")
                case .tell(let placement, let pod):
                    let frozen = givenAt.map { " after \((.now - $0).microseconds) µs without a pod" } ?? ""
                    print("\(pod.title) knows that \(shop) is in pod \(placement.pod)\(frozen)")
                case .done, .unreachable: break
                }
            }
            switch end {
            case .done(let placement):
                let bound = placement.bound.map { ", not before \($0)" } ?? ""
                print("\(shop) is in \(target.title): its next sale begins there\(bound)")
            case .unreachable(let pod):
                throw Failure.isAnother(pod)
            case .give, .tell: preconditionFailure("a move ends with its end")
            }
        }
    }
}

extension ShopPlacement {
    /// When the pod's first sale of the shop may begin; nil if no earlier pod has one.
    fileprivate var bound: String? { beginsAt.microseconds == 0 ? nil : "\(beginsAt)" }
}

struct PodLedgerOptions: ParsableArguments {
    @Argument(parsing: .allUnrecognized, help: Setting.asFlags, completion: Setting.completion(of: Setting.ofLedgers))
    var settings: [String] = []

    /// Lends the ledgers of all pods that the settings name.
    func withLedgers(_ body: ([PodID: any ShopPlacements], Settings) async throws -> Void) async throws {
        let settings = try Settings.read(arguments: settings)
        try await settings.withPlacements { try await body($0, settings) }
    }
}

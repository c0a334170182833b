// `flashsale sale`: operators look at sales and change them, straight in the ledger. It has the words of the routes
// below /admin/sales, and works where no instance runs.

import ArgumentParser

struct SaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sale",
        abstract: "List, show, create and change sales in the ledger.",
        discussion: """
            The commands have the effect and the words of the routes below /admin/sales, without a service: they need \
            FLASHSALE_DATABASE_URL and, where there are pods, FLASHSALE_PODS with their settings. A sale's number \
            says which pod it is in. Every instance goes by a change within 250 ms.

            A change names the version of the sale that its operator has seen, and is refused if another came first. \
            The sale's log keeps who changed what, when and why.

            Examples:
              flashsale sale list
              flashsale sale show --sale 7
              flashsale sale create --total-items 10000 --started-at "$(date -ud '+1 hour' +%FT%TZ)"
              flashsale sale pause --sale 7 --if-match 1 --reason 'the supplier is late'
              flashsale sale resume --sale 7 --if-match 2 --reason 'the truck is here'
              flashsale sale extend --sale 7 --if-match 3 --ended-at "$(date -ud '3 hours' +%FT%TZ)" --reason 'in stock'
              flashsale sale restock --sale 7 --if-match 4 --stock-per-item 2 --reason 'a second truck'
              flashsale sale log --sale 7 --json

            \(Setting.discussion(of: Setting.ofLedgers))
            """,
        subcommands: [
            SaleListCommand.self, SaleShowCommand.self, SaleCreateCommand.self, SalePauseCommand.self,
            SaleResumeCommand.self, SaleExtendCommand.self, SaleEndCommand.self, SaleRestockCommand.self,
            SaleLimitCommand.self, SalePaceCommand.self, SalePriceCommand.self, SaleRefundCommand.self,
            SaleLogCommand.self,
        ])
}

// The herald over the stores, as the settings want it.

import FlashSale
import Logging
import PostgresLedger
import Telemetry
import Webhooks

extension Herald {
    /// Nil if nobody is told.
    ///
    /// - Throws: `Failure` if this machine's certificates cannot be used.
    convenience init?(
        _ settings: WebhookSettings, of id: LedgerID, in pod: PodID, _ stores: Stores, _ board: SaleBoard,
        _ instruments: WebhookInstruments, _ logger: Logger
    ) throws {
        guard let address = settings.address, let signer = settings.signer else { return nil }
        let receiver: WebhookReceiver
        do {
            receiver = try WebhookReceiver(address, signer: signer, timeout: settings.timeout)
        } catch {
            throw Failure("FLASHSALE_WEBHOOK_URL: \(error)")
        }
        self.init(
            of: id, in: pod, ledger: PostgresEventLedger(client: stores.bulk), now: { board.now() },
            instruments: instruments, logger: logger
        ) { await receiver.post($0, at: $1) }
    }
}

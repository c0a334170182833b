// The API's routes together: the method of each that answers a request.

internal import NIOHTTP1

/// The routes of buyers and of operators.
final class APIRoutes: Sendable {
    let checkouts: CheckoutRoutes
    let purchases: PurchaseRoutes
    let sales: SaleRoutes
    let queues: QueueRoutes
    let admin: AdminRoutes
    let life: SaleLifeRoutes
    /// Nil if the service shows no page.
    let pages: PageRoutes?

    init(
        checkouts: CheckoutRoutes, purchases: PurchaseRoutes, sales: SaleRoutes, queues: QueueRoutes,
        admin: AdminRoutes, life: SaleLifeRoutes, pages: PageRoutes?
    ) {
        self.checkouts = checkouts
        self.purchases = purchases
        self.sales = sales
        self.queues = queues
        self.admin = admin
        self.life = life
        self.pages = pages
    }

    /// What is there already, or is made at once: it needs no task. The page is not seen before its style is there.
    func ready(_ request: Request) -> Reply? {
        switch request.route {
        case .queue(let sale): queues.readyView(sale)
        case .saleItems(let id): sales.readyItems(id, request)
        case .asset(let name): pages?.files.reply(to: name, request)
        case .itemImage(let sale, let file): itemImage(sale: sale, file: file, request)
        default: nil
        }
    }

    /// An async function keeps room for what all its branches need, so the two busiest routes stand apart.
    func reply(to request: Request) async throws(Problem) -> Reply {
        switch request.route {
        case .checkout where request.method == .POST: try await checkouts.checkout(request)
        case .purchase: try await purchases.purchase(request)
        default: try await replyToOthers(request)
        }
    }

    private func replyToOthers(_ request: Request) async throws(Problem) -> Reply {
        switch request.route {
        case .checkout: try await checkouts.cancel(request)
        case .order(let code): try await purchases.order(code, request)
        case .activeSale: try await sales.active(request)
        case .sale(let id): try await sales.sale(id)
        case .saleItems(let id): try await sales.items(id, request)
        case .queue(let sale) where request.method == .POST: try await queues.knock(sale, request)
        case .queue(let sale): try await queues.view(sale)
        case .saleEvents(let id): try await sales.events(id, request)
        case .adminSales: try await admin.create(request)
        case .adminSale(let id) where request.method == .PATCH: try await life.patch(id, request)
        case .adminSale(let id): try await life.show(id, request)
        case .adminSaleLog(let id): try await life.log(id, request)
        case .adminSaleItem(let id, let number): try await life.patch(item: number, of: id, request)
        case .adminSaleAct(let act, let id): try await life.act(act, on: id, request)
        case .adminRefund(let code): try await life.refund(code, request)
        case .openAPI: .answer(OpenAPI.answer.validated(against: request))
        default: try await pages?.reply(to: request) ?? .problem(.unknownPath)
        }
    }
}

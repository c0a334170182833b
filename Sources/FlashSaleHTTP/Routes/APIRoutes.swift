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
        case .asset(let name): pages?.asset(name, request)
        case .itemImage(let sale, let file): itemImage(sale: sale, file: file, request)
        default: nil
        }
    }

    /// An async function keeps room for what all its branches need, so the two busiest routes stand apart.
    func reply(to request: Request) async -> Reply {
        switch request.route {
        case .checkout where request.method == .POST: await checkouts.checkout(request)
        case .purchase: await purchases.purchase(request)
        default: await replyToOthers(request)
        }
    }

    private func replyToOthers(_ request: Request) async -> Reply {
        switch request.route {
        case .checkout: await checkouts.cancel(request)
        case .order(let code): await purchases.order(code, request)
        case .activeSale: await sales.active(request)
        case .sale(let id): await sales.sale(id, request)
        case .saleItems(let id): await sales.items(id, request)
        case .queue(let sale) where request.method == .POST: await queues.knock(sale, request)
        case .queue(let sale): await queues.view(sale)
        case .saleEvents(let id): await sales.events(id, request)
        case .adminSales: await admin.create(request)
        case .adminSale(let id) where request.method == .PATCH: await life.patch(id, request)
        case .adminSale(let id): await life.show(id, request)
        case .adminSaleLog(let id): await life.log(id, request)
        case .adminSaleItem(let id, let number): await life.patch(item: number, of: id, request)
        case .adminSaleAct(let act, let id): await life.act(act, on: id, request)
        case .adminRefund(let code): await life.refund(code, request)
        case .openAPI: openAPI(request)
        default: await pages?.reply(to: request) ?? .problem(.unknownPath)
        }
    }

    private func openAPI(_ request: Request) -> Reply {
        .answer(
            Answer(
                .ok, fields: [Answer.contentTypeJSON, ("Cache-Control", "public, max-age=3600")],
                body: OpenAPI.document
            ).validated(against: request)
        )
    }
}

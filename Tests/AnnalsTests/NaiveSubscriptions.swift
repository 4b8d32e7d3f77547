import Foundation

/// Subscriptions and money day by day, from the log alone: what runs is summed up anew after every event.
struct NaiveSubscriptions {
    struct Series: Hashable {
        var scope: String
        var plan: String
        var currency: String
    }
    struct Figures: Equatable {
        var counts: [String: Int] = [:]
        var active = 0
        var paused = 0
        var annual = Decimal(0)
        var money: [String: Decimal] = [:]
    }
    /// A paid plan of an account, or a subscription to an agent.
    private struct Contract {
        var series: Series
        var amount: Decimal
        var interval: String
        var state = "active"
        var stripeID: String?

        var annual: Decimal { amount * (["day": 365, "week": 52, "month": 12, "year": 1][interval] ?? 0) }
    }
    private struct Payment {
        var type: String
        var amount: Decimal
        var currency: String
        var user: String
        var stripeID: String?
        var refunded = Decimal(0)
    }

    private(set) var days: [Series: [String: Figures]] = [:]
    /// The plan of every account, running or not, and the contracts: of accounts by user, of agents by their `_id`.
    private var plans: [String: String] = [:]
    private var contracts: [String: Contract] = [:]
    private var slugs: [String: String] = [:]
    private var payments: [String: Payment] = [:]

    init(_ events: [LoggedEvent]) {
        for event in events { take(event) }
    }

    private mutating func take(_ event: LoggedEvent) {
        switch event.type {
        case "agent.created": slugs[event.text("_id") ?? ""] = event.text("id")
        case let type where type.hasPrefix("user."): takeUser(event)
        case let type where type.hasPrefix("agentSubscription."): takeAgent(event)
        case let type where type.hasPrefix("transaction."): takePayment(event)
        default: break
        }
    }

    // MARK: Contracts

    private mutating func takeUser(_ event: LoggedEvent) {
        let user = event.text("userId") ?? ""
        switch event.type {
        case "user.registered":
            let (user, plan) = (event.text("_id") ?? "", event.text("subscription.plan") ?? "free")
            plans[user] = plan
            guard plan != "free", event.text("subscription.status") == "active" else { return }
            let series = Series(scope: "platform", plan: plan, currency: "USD")
            become(Contract(series: series, amount: 0, interval: ""), user, event)
        case "user.planChanged", "user.planRenewed":
            let plan = event.text("plan") ?? "?"
            plans[user] = plan
            let series = Series(scope: "platform", plan: plan, currency: event.text("currency") ?? "USD")
            let terms = Contract(
                series: series, amount: event.decimal("amount") ?? 0, interval: event.text("interval") ?? "")
            become(plan == "free" ? nil : terms, user, event)
        case "user.planCancelled": if event.flag("cancelAtPeriodEnd") != true { become(nil, user, event) }
        case "user.planLapsed": become(nil, user, event)
        case "user.deleted", "user.erased":
            become(nil, user, event)
            plans[user] = nil
        default: break
        }
    }

    private mutating func takeAgent(_ event: LoggedEvent) {
        let agent = event.text("agentId").map { slugs[$0] ?? $0 }
        let id = event.text("_id") ?? ""
        var contract = contracts[id]
        switch event.type {
        case "agentSubscription.started", "agentSubscription.planChanged":
            let scope = contract?.series.scope ?? agent ?? "?"
            let series = Series(
                scope: scope, plan: event.text("plan") ?? "?", currency: event.text("pricing.currency") ?? "USD")
            contract = Contract(
                series: series, amount: event.decimal("pricing.amount") ?? 0,
                interval: event.text("pricing.interval") ?? "",
                stripeID: event.text("stripeSubscriptionId") ?? contract?.stripeID)
        case "agentSubscription.renewed": break
        case "agentSubscription.cancelled": contract?.state = "cancelled"
        case "agentSubscription.expired": contract?.state = "expired"
        case "agentSubscription.paused": contract?.state = "paused"
        case "agentSubscription.resumed": contract?.state = "active"
        case "agentSubscription.deleted":
            contracts[id] = nil
            return
        default: return
        }
        become(contract, id, event)
    }

    private func isLive(_ contract: Contract?) -> Bool { ["active", "paused"].contains(contract?.state) }

    private mutating func become(_ new: Contract?, _ id: String, _ event: LoggedEvent) {
        let old = contracts[id]
        contracts[id] = new
        let (was, goesOn) = (isLive(old), isLive(new))
        var touched: Set<Series> = []
        if let old, was { touched.insert(old.series) }
        if let new, goesOn { touched.insert(new.series) }
        let verb = event.type.split(separator: ".")[1]
        for series in touched {
            let day = day(event, series)
            let isNew = goesOn && series == new?.series
            switch (was, goesOn) {
            case (false, true): count("started", series, day)
            case (true, false): count(["planLapsed", "expired"].contains(verb) ? "expired" : "cancelled", series, day)
            default:
                if old?.series != new?.series { count(isNew ? "switchedIn" : "switchedOut", series, day) }
                if isNew, ["planRenewed", "renewed"].contains(verb) { count("renewed", series, day) }
            }
            sum(series, day)
        }
    }

    private mutating func count(_ name: String, _ series: Series, _ day: String) {
        days[series]?[day]?.counts[name, default: 0] += 1
    }

    /// What runs now is what runs at the day's end, as far as is known.
    private mutating func sum(_ series: Series, _ day: String) {
        let live = contracts.values.filter { $0.series == series }
        let active = live.filter { $0.state == "active" }
        days[series]?[day]?.active = active.count
        days[series]?[day]?.paused = live.count { $0.state == "paused" }
        days[series]?[day]?.annual = active.reduce(0) { $0 + $1.annual }
    }

    /// The event's day, or the newest of the series where that is later.
    private mutating func day(_ event: LoggedEvent, _ series: Series) -> String {
        let day = max(event.day, days[series]?.keys.max() ?? "")
        days[series, default: [:]][day, default: Figures()].counts["", default: 0] += 0
        sum(series, day)
        return day
    }

    // MARK: Payments

    private mutating func takePayment(_ event: LoggedEvent) {
        let id = event.text("transactionId") ?? ""
        switch event.type {
        case "transaction.created":
            let payment = Payment(
                type: event.text("type") ?? "?", amount: event.decimal("amount") ?? 0,
                currency: event.text("currency") ?? "USD", user: event.text("userId") ?? "",
                stripeID: event.text("stripeData.subscriptionId"))
            payments[id] = payment
            if event.text("status") == "completed" { complete(payment, event) }
        case "transaction.completed": if let payment = payments[id] { complete(payment, event) }
        case "transaction.refunded":
            guard let payment = payments[id] else { return }
            let amount = event.decimal("amount") ?? payment.amount - payment.refunded
            payments[id]?.refunded += amount
            let isCredit = payment.type == "credit"
            add(isCredit ? -amount : amount, to: isCredit ? "credits" : "refunds", payment, event)
        default: break
        }
    }

    private mutating func complete(_ payment: Payment, _ event: LoggedEvent) {
        switch payment.type {
        case "credit": add(payment.amount, to: "credits", payment, event)
        case "refund": add(abs(payment.amount), to: "refunds", payment, event)
        default: add(payment.amount, to: "revenue", payment, event)
        }
    }

    private mutating func add(_ amount: Decimal, to sum: String, _ payment: Payment, _ event: LoggedEvent) {
        let plan = payment.type == "subscription" ? plans[payment.user] : nil
        var series = Series(scope: "platform", plan: plan ?? "none", currency: payment.currency)
        if let contract = contracts.values.first(where: { $0.stripeID != nil && $0.stripeID == payment.stripeID }) {
            series.scope = contract.series.scope
            series.plan = contract.series.plan
        }
        let day = day(event, series)
        days[series]?[day]?.money[sum, default: 0] += amount
    }
}

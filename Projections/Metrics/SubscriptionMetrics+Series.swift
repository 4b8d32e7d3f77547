internal import BSON
internal import Schema

extension SubscriptionMetrics {
    /// The scope of what the platform itself sells.
    static let platform = "platform"

    /// What the rows of all days have in common.
    struct Series: Equatable {
        let scope: String
        let plan: String
        let currency: String

        init(scope: String, plan: String, currency: String?) {
            self.scope = scope
            self.plan = plan
            self.currency = (currency ?? "USD").uppercased()
        }

        /// The first day of a series has the series' own id, so that it is found: it keeps which day is the newest.
        var first: ObjectID { .natural(SubscriptionMetrics.name, scope, plan, currency) }

        func id(_ date: String) -> ObjectID { .natural(SubscriptionMetrics.name, scope, plan, currency, date) }
    }

    /// A subscription that is active or paused: where it counts and what it brings.
    struct Subscription {
        let series: Series
        var isPaused = false
        /// What it brings in a year, while it is active.
        let annual: Amount

        private init?(_ scope: String?, _ plan: String?, _ currency: String?, _ amount: Double?, _ interval: String?) {
            guard let scope, let plan else { return nil }
            series = Series(scope: scope, plan: plan, currency: currency)
            let times: Int128 =
                switch interval {
                case "day": 365
                case "week": 52
                case "month": 12
                case "year": 1
                default: 0
                }
            annual = amount.flatMap { Amount($0) }?.times(times) ?? .zero
        }

        /// An account that begins with a paid plan: the terms are not known.
        init?(registeredWith event: RecordedEvent) {
            let plan = event[Users.field.plan]
            guard plan != "free", event[Users.field.planStatus] == "active" else { return nil }
            self.init(platform, plan, nil, nil, nil)
        }

        /// The paid plan of an account before the event, if it ran.
        init?(userBefore event: RecordedEvent) {
            let resolved = Users.resolved
            let plan = event.resolved(resolved.wasPlan)
            guard plan != "free", event.resolved(resolved.wasStatus) == "active" else { return nil }
            self.init(
                platform, plan, event.resolved(resolved.wasCurrency), event.resolved(resolved.wasAmount),
                event.resolved(resolved.wasInterval))
        }

        /// The paid plan of an account after the event.
        init?(userAfter event: RecordedEvent) {
            let terms = Users.planTerms
            let plan = event[terms.plan]
            guard plan != "free" else { return nil }
            self.init(platform, plan, event[terms.currency], event[terms.amount], event[terms.interval])
        }

        init?(agentBefore event: RecordedEvent) {
            let resolved = AgentSubscriptions.resolved
            self.init(
                event.resolved(resolved.agentSlug), event.resolved(resolved.wasPlan),
                event.resolved(resolved.wasCurrency), event.resolved(resolved.wasAmount),
                event.resolved(resolved.wasInterval))
            isPaused = event.resolved(resolved.wasStatus) == "paused"
        }

        init?(agentAfter event: RecordedEvent) {
            let field = AgentSubscriptions.field
            self.init(
                event.resolved(AgentSubscriptions.resolved.agentSlug), event[field.plan], event[field.currency],
                event[field.amount], event[field.interval])
        }
    }

    /// Changes the newest day of the series. A later day than that begins with what stood at its end.
    static func update(
        _ series: Series, _ event: RecordedEvent, _ days: inout View<Self>,
        _ change: (inout Draft<Self>) throws(Anomaly) -> Void
    ) throws(Anomaly) {
        let date = event.time.dayText
        guard let first = days.find(series.first), let newest = newestDate(of: first) else {
            try begin(series.first, series, date, after: nil, &days)
            return try days.update(series.first, change)
        }
        let newestID = newest == first[field.date] ? series.first : series.id(newest)
        if date <= newest { return try days.update(newestID, change) }
        let id = series.id(date)
        try begin(id, series, date, after: days.find(newestID), &days)
        try days.adjust(series.first) { $0.keep("newest", dayNumber(event.time)) }
        try days.update(id, change)
    }

    private static func begin(
        _ id: ObjectID, _ series: Series, _ date: String, after newest: Draft<Self>?, _ days: inout View<Self>
    ) throws(Anomaly) {
        let names: Document = [
            "date": .string(date), "scope": .string(series.scope), "plan": .string(series.plan),
            "currency": .string(series.currency),
        ]
        let zero = Amount.zero.decimal128
        try days.create(id, from: names) { day in
            if let newest {
                day.add(newest[field.active] ?? 0, to: field.active)
                day.add(newest[field.paused] ?? 0, to: field.paused)
            }
            day[field.monthly] = newest?[field.monthly] ?? zero
            day[field.annual] = newest?[field.annual] ?? zero
            day[field.revenue] = zero
            day[field.refunds] = zero
            day[field.credits] = zero
        }
    }

    private static func newestDate(of first: Draft<Self>) -> String? {
        guard let day = first.kept("newest") else { return first[field.date] }
        return DateTime(milliseconds: day * 86_400_000).dayText
    }

    /// Days since 1970-01-01, UTC.
    private static func dayNumber(_ time: DateTime) -> Int64 {
        let day: Int64 = 86_400_000
        return time.milliseconds / day - (time.milliseconds % day < 0 ? 1 : 0)
    }
}

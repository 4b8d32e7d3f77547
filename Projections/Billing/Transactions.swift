public import BSON
public import Schema

extension EventName {
    public static let transactionCreated: EventName = "transaction.created"
    public static let transactionCompleted: EventName = "transaction.completed"
    public static let transactionFailed: EventName = "transaction.failed"
    public static let transactionCancelled: EventName = "transaction.cancelled"
    public static let transactionRefunded: EventName = "transaction.refunded"
    public static let transactionChanged: EventName = "transaction.changed"
    public static let transactionDeleted: EventName = "transaction.deleted"
    public static let transactionHeld: EventName = "transaction.held"
    public static let transactionReleased: EventName = "transaction.released"
}

/// Payments and refunds. A refund of a payment is a transaction of its own that names the payment.
public enum Transactions: Collection {
    public static let name = "transactions"
    public static let number: CollectionNumber = 22  // On disk. Never reused.
    public static let summary = "A payment, credit or refund of a user, with its items and where it stands."

    // MARK: What it stores

    public struct Item: FieldSet {
        public let itemID = Field.string("itemId").required()
        public let name = Field.string("name").required()
        public let quantity = Field.number("quantity").defaulting(to: 1)
        public let unitPrice = Field.number("unitPrice").required()
        public let total = Field.number("total").required()
        public init() {}
    }

    public struct Fields: FieldSet {
        public let transactionID = Field.string("transactionId").required().generated(prefix: "txn_")
            .changed(by: "transaction.created")
        public let userID = Field.reference("userId", to: "users").required().changed(by: "transaction.created")
        public let type = Field.string("type").required().oneOf("subscription", "one-time", "refund", "credit")
            .changed(by: "transaction.created")
        public let amount = Field.number("amount").required().changed(by: "transaction.created")
        public let currency = Field.string("currency").defaulting(to: "USD").changed(by: "transaction.created")
        public let status = Field.string("status")
            .oneOf("pending", "completed", "failed", "refunded", "cancelled").defaulting(to: "pending")
            .changed(
                by: "transaction.completed, transaction.failed, transaction.cancelled, transaction.refunded")
        public let paymentType = Field.string("paymentMethod.type").oneOf("card", "paypal", "bank")
        public let last4 = Field.string("paymentMethod.last4").personal()
        public let brand = Field.string("paymentMethod.brand")
        public let paymentIntentID = Field.string("stripeData.paymentIntentId")
        public let chargeID = Field.string("stripeData.chargeId")
        public let subscriptionID = Field.string("stripeData.subscriptionId").changed(by: "transaction.created")
        public let refundID = Field.string("stripeData.refundId").changed(by: "transaction.refunded")
        public let items = Field.objects("items", of: Item())
        public let invoiceNumber = Field.string("metadata.invoiceNumber")
        public let taxAmount = Field.number("metadata.taxAmount").defaulting(to: 0)
        public let discountAmount = Field.number("metadata.discountAmount").defaulting(to: 0)
        public let notes = Field.string("metadata.notes").personal()
        /// Not the seed's: the `transactionId` of the payment that a refund is of.
        public let refundOf = Field.string("metadata.refundOf").changed(by: "transaction.refunded")
        /// Not the seed's: how much of a payment was refunded so far.
        public let refundedAmount = Field.number("refundedAmount").derived(by: "transaction.refunded")
        /// Not the seed's: the law wants it kept, whoever is erased.
        public let isHeld = Field.boolean("legalHold").derived(by: "transaction.held, transaction.released")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes: [Index] = [
        Index(field.transactionID).unique(),
        Index(field.userID, field.createdAt.descending),
        Index(field.type, field.status),
        Index(field.status, field.createdAt.descending),
        Index(field.paymentIntentID),
        Index(field.subscriptionID),
        Index(field.createdAt.descending),
    ]

    // MARK: What may happen

    public struct Named: FieldSet {
        public let transactionID = Field.string("transactionId").required()
        public let userID = Field.reference("userId", to: "users")
        public let reason = Field.string("reason")
        public init() {}
    }
    public static let named = Named()

    /// What is known of a payment only once it is done.
    public struct Completion: FieldSet {
        public let transactionID = Field.string("transactionId").required()
        public let userID = Field.reference("userId", to: "users")
        public let paymentType = Transactions.field.paymentType
        public let last4 = Transactions.field.last4
        public let brand = Transactions.field.brand
        public let paymentIntentID = Transactions.field.paymentIntentID
        public let chargeID = Transactions.field.chargeID
        public init() {}
    }
    public static let completion = Completion()

    public struct Refund: FieldSet {
        public let transactionID = Field.string("transactionId").required()
        public let userID = Field.reference("userId", to: "users")
        /// Where absent, all that is left.
        public let amount = Field.number("amount")
        public let reason = Field.string("reason")
        public let refundID = Field.string("stripeData.refundId")
        public init() {}
    }
    public static let refund = Refund()

    public struct Resolved: FieldSet {
        public let transaction = Field.reference("transaction", to: "transactions")
        public let user = Field.reference("user", to: "users")
        public let type = Field.string("type")
        /// The transaction's amount; of a refund, what this event refunds.
        public let amount = Field.number("amount")
        public let currency = Field.string("currency")
        /// Refunded before this event.
        public let refunded = Field.number("refunded")
        /// Nothing is left after this refund.
        public let isWhole = Field.boolean("isWhole")
        /// The agent subscription that is paid for, with the plan and the agent's `id` ("platform" where there is none).
        public let subscription = Field.reference("subscription", to: "agentsubscriptions")
        public let plan = Field.string("plan")
        public let scope = Field.string("scope")
        // What a refund takes over from its payment.
        public let paymentIntentID = Field.string("stripeData.paymentIntentId")
        public let chargeID = Field.string("stripeData.chargeId")
        public let subscriptionID = Field.string("stripeData.subscriptionId")
        public let invoiceNumber = Field.string("metadata.invoiceNumber")
        public let wasStatus = Field.string("was.status")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] = [
        .creation(
            .transactionCreated, Transactions.self, stream: "transactions", key: field.transactionID,
            "A payment is begun, or done at once; also a credit, or a refund of something not recorded here.",
            resolves: resolved, guard: create),
        .fact(
            .transactionCompleted, completion, stream: "transactions", key: completion.transactionID,
            "A pending transaction is done: from now on it counts as revenue.", resolves: resolved
        ) { demand("pending", context: $0) },
        .fact(
            .transactionFailed, named, stream: "transactions", key: named.transactionID,
            "A pending transaction failed.", resolves: resolved
        ) { demand("pending", context: $0) },
        .fact(
            .transactionCancelled, named, stream: "transactions", key: named.transactionID,
            "A pending transaction was called off.", resolves: resolved
        ) { demand("pending", context: $0) },
        .fact(
            .transactionRefunded, refund, stream: "transactions", key: refund.transactionID,
            "A payment goes back, whole or in part: a transaction of type refund is added.", resolves: resolved,
            guard: giveBack),
        .patch(
            .transactionChanged, Transactions.self, stream: "transactions", key: field.transactionID,
            "Notes, items or payment details change; amounts and status do not.", resolves: resolved
        ) { _ = known($0) },
        .fact(
            .transactionDeleted, named, stream: "transactions", key: named.transactionID,
            "A transaction by which no money moved is removed.", resolves: resolved, guard: delete),
        .fact(
            .transactionHeld, named, stream: "transactions", key: named.transactionID,
            "The law wants the transaction kept as it is, even where its payer is erased.", resolves: resolved,
            guard: hold),
        .fact(
            .transactionReleased, named, stream: "transactions", key: named.transactionID,
            "A hold ends. The last one of a payer who was erased meanwhile erases what it kept.", resolves: resolved,
            guard: release),
    ]

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to transactions: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.transaction)
        switch event.type {
        case .transactionCreated: try transactions.insert()
        case .transactionCompleted:
            try transactions.update(id) { transaction in
                transaction[field.status] = "completed"
                transaction.take(field.paymentType, from: event)
                transaction.take(field.last4, from: event)
                transaction.take(field.brand, from: event)
                transaction.take(field.paymentIntentID, from: event)
                transaction.take(field.chargeID, from: event)
            }
        case .transactionFailed: try transactions.update(id) { $0[field.status] = "failed" }
        case .transactionCancelled: try transactions.update(id) { $0[field.status] = "cancelled" }
        case .transactionRefunded:
            let amount = event.resolved(resolved.amount) ?? 0
            try transactions.update(id) { transaction in
                transaction[field.refundedAmount] = Money.sum(event.resolved(resolved.refunded) ?? 0, amount)
                if event.resolved(resolved.isWhole) == true { transaction[field.status] = "refunded" }
            }
            try transactions.create(event.derivedID("refund"), from: refundDocument(event, amount))
        case .transactionChanged: try transactions.patch(id)
        case .transactionDeleted: try transactions.remove(id)
        case .transactionHeld: try transactions.update(id) { $0[field.isHeld] = true }
        case .transactionReleased: try transactions.update(id) { $0[field.isHeld] = nil }
        default: throw transactions.unexpected()
        }
    }

    /// The transaction that a refund adds: made of the event alone, and completed from the start.
    private static func refundDocument(_ event: RecordedEvent, _ amount: Double) -> Document {
        var stripe = Document()
        stripe.append("paymentIntentId", text: event.resolved(resolved.paymentIntentID))
        stripe.append("chargeId", text: event.resolved(resolved.chargeID))
        stripe.append("subscriptionId", text: event.resolved(resolved.subscriptionID))
        stripe.append("refundId", text: event[refund.refundID])
        var metadata = Document()
        metadata.append("invoiceNumber", text: event.resolved(resolved.invoiceNumber))
        metadata.append("taxAmount", 0)
        metadata.append("discountAmount", 0)
        metadata.append("refundOf", text: event[refund.transactionID])
        var document = Document()
        document.append("transactionId", .string("txn_" + event.derivedID("refund").description.prefix(16)))
        if let user = event.resolved(resolved.user) { document.append("userId", .objectID(user)) }
        document.append("type", "refund")
        document.append("amount", number(amount))
        document.append("currency", text: event.resolved(resolved.currency))
        document.append("status", "completed")
        if !stripe.isEmpty { document.append("stripeData", .document(stripe)) }
        document.append("items", [])
        document.append("metadata", .document(metadata))
        return document
    }

    /// As admission writes a number: an integer where it is whole.
    private static func number(_ amount: Double) -> Value {
        Int32(exactly: amount).map { .int32($0) } ?? .double(amount)
    }
}

extension Document {
    /// Appends a text that is there.
    fileprivate mutating func append(_ name: String, text: String?) {
        if let text { append(name, .string(text)) }
    }
}

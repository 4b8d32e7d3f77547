/// Payments. Pending ones are completed, fail or are cancelled; completed ones are only refunded.
extension EventGenerator {
    static let transactionStates: Flags = [.pending, .completed, .failed, .cancelled]

    mutating func pickTransaction(_ state: Flags) -> Int? {
        transactions.pick(mask: Self.transactionStates, value: state, people: people, &random)
    }

    func beginTransaction(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "transactions", &line)
        addID(.transaction, transactions[index].serial, &line)
        data(&line)
        line.add(#""transactionId":""#)
        addID(.transaction, transactions[index].serial, &line)
        addUserField(#"","userId":""#, Int(transactions[index].owner.slot), &line)
    }

    mutating func createTransaction(_ line: inout Line) -> Bool {
        let subscription = random.chance(perMille: 500) ? pickSubscription(.active, or: .active) : nil
        let slot: Int
        if let subscription {
            slot = Int(subscriptions[subscription].owner.slot)
        } else {
            guard let picked = pickUser() else { return false }
            slot = picked
        }
        let isCompleted = random.chance(perMille: 200)
        let quantity = subscription == nil ? random.within(1...4) : 1
        let unitCents = unitPrice(subscription)
        let cents = unitCents * quantity
        let serial = Serials.next(&serials.transaction)
        let index = transactions.insert(
            TransactionState(
                serial: serial, owner: reference(slot), flags: isCompleted ? .completed : .pending, cents: cents))

        beginTransaction(.transactionCreated, index, &line)
        if subscription != nil {
            line.add(#","type":"subscription","amount":"#)
        } else {
            line.add(random.chance(perMille: 900) ? #","type":"one-time","amount":"# : #","type":"credit","amount":"#)
        }
        line.add(cents: cents)
        line.add(#","currency":""#)
        if let subscription {
            vocabulary.currencies.append(Int(subscriptions[subscription].currency), to: &line)
        } else {
            addAny(of: vocabulary.currencies, &line)
        }
        line.add(isCompleted ? #"","status":"completed","paymentMethod""# : #"","status":"pending","paymentMethod""#)
        if random.chance(perMille: 750) {
            line.add(#":{"type":"card","last4":""#)
            line.add(random.within(1000...9999))
            line.add(#"","brand":"visa"},"stripeData":{"paymentIntentId":""#)
        } else {
            line.add(#":{"type":"paypal"},"stripeData":{"paymentIntentId":""#)
        }
        addID(.payment, serial, &line)
        if let subscription {
            line.add(#"","subscriptionId":""#)
            addStripeID(subscription, &line)
        }
        line.add(#""},"items":[{"itemId":""#)
        addItem(subscription, &line)
        line.add(#"","quantity":"#)
        line.add(quantity)
        line.add(#","unitPrice":"#)
        line.add(cents: unitCents)
        line.add(#","total":"#)
        line.add(cents: cents)
        line.add(#"}],"metadata":{"invoiceNumber":"INV-"#)
        line.add(Int(serial))
        line.add(#"","taxAmount":"#)
        line.add(cents: cents * 19 / 119)
        line.add(#","discountAmount":0}"#)
        end(&line)
        return true
    }

    private mutating func unitPrice(_ subscription: Int?) -> Int {
        guard let subscription else { return random.within(99...4999) }
        return Self.price(Int(subscriptions[subscription].plan), agents[Int(subscriptions[subscription].agent)])
    }

    private mutating func addItem(_ subscription: Int?, _ line: inout Line) {
        if let subscription {
            let agent = Int(subscriptions[subscription].agent)
            line.add("agent_")
            addAgentSlug(agent, &line)
            line.add(#"","name":"Agent "#)
            addAgentSlug(agent, &line)
        } else {
            let item = random.below(vocabulary.items.count)
            line.add("item_")
            line.add(item)
            line.add(#"","name":""#)
            vocabulary.items.append(item, to: &line)
        }
    }

    private mutating func setState(_ index: Int, _ state: Flags) {
        transactions[index].flags.subtract(Self.transactionStates)
        transactions[index].flags.formUnion(state)
    }

    mutating func completeTransaction(_ line: inout Line) -> Bool {
        guard let index = pickTransaction(.pending) else { return false }
        beginTransaction(.transactionCompleted, index, &line)
        end(&line)
        setState(index, .completed)
        return true
    }

    /// Failed or cancelled.
    mutating func moveTransaction(_ kind: EventKind, to state: Flags, _ line: inout Line) -> Bool {
        guard let index = pickTransaction(.pending) else { return false }
        beginTransaction(kind, index, &line)
        line.add(kind == .transactionFailed ? #","reason":"card_declined""# : #","reason":"requested_by_customer""#)
        end(&line)
        setState(index, state)
        return true
    }

    mutating func refundTransaction(_ line: inout Line) -> Bool {
        guard let index = pickTransaction(.completed) else { return false }
        let left = transactions[index].cents - transactions[index].refundedCents
        guard left > 0 else { return false }
        let isWhole = random.chance(perMille: 500)
        let cents = isWhole ? left : random.within(1...left)
        beginTransaction(.transactionRefunded, index, &line)
        if !(isWhole && transactions[index].refundedCents == 0 && random.chance(perMille: 600)) {
            line.add(#","amount":"#)
            line.add(cents: cents)
        }
        line.add(#","reason":"requested_by_customer","stripeData":{"refundId":""#)
        addID(.refund, Serials.next(&serials.refund), &line)
        line.add(#""}"#)
        end(&line)
        transactions[index].refundedCents += cents
        if cents == left { setState(index, []) }
        return true
    }

    mutating func changeTransaction(_ line: inout Line) -> Bool {
        guard let index = pickTransaction(.pending) else { return false }
        beginTransaction(.transactionChanged, index, &line)
        if transactions[index].flags.contains(.noted) {
            line.add(#","unset":["metadata.notes"]"#)
            transactions[index].flags.remove(.noted)
        } else {
            line.add(#","set":{"metadata.notes":""#)
            addSentence(&line)
            line.add(#""}"#)
            transactions[index].flags.insert(.noted)
        }
        end(&line)
        return true
    }

    /// Not one that is held.
    mutating func deleteTransaction(_ line: inout Line) -> Bool {
        let state: Flags = random.chance(perMille: 500) ? .failed : .cancelled
        let mask = Self.transactionStates.union(.held)
        guard let index = transactions.pick(mask: mask, value: state, people: people, &random) else { return false }
        beginTransaction(.transactionDeleted, index, &line)
        end(&line)
        setState(index, [])
        return true
    }

    // MARK: Legal holds

    mutating func holdTransaction(_ line: inout Line) -> Bool {
        let state: Flags = random.chance(perMille: 800) ? .completed : .pending
        let mask = Self.transactionStates.union(.held)
        guard let index = transactions.pick(mask: mask, value: state, people: people, &random) else { return false }
        beginTransaction(.transactionHeld, index, &line)
        line.add(#","reason":"tax audit""#)
        end(&line)
        transactions[index].flags.insert(.held)
        return true
    }

    /// Whatever became of its payer.
    mutating func releaseTransaction(_ line: inout Line) -> Bool {
        guard let index = pickHeld() else { return false }
        begin(.transactionReleased, "transactions", &line)
        addID(.transaction, transactions[index].serial, &line)
        data(&line)
        line.add(#""transactionId":""#)
        addID(.transaction, transactions[index].serial, &line)
        line.add(#"","reason":"audit closed""#)
        end(&line)
        transactions[index].flags.remove(.held)
        return true
    }

    /// Often one whose payer is gone.
    private mutating func pickHeld() -> Int? {
        let wantsGone = random.chance(perMille: 500)
        var found: Int?
        for _ in 0..<4 {
            found = transactions.pick(mask: .held, value: .held, owned: false, people: people, &random)
            guard let found, wantsGone, transactions[found].owner.isActive(in: people) else { break }
        }
        return found
    }
}

// Experiments of the lab, and transactions.

extension NaiveFold {
    mutating func createExperiment(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("experimentId")
        let user = try event.text("userId")
        if let missing = missing(user: user, "userId") { return missing }
        if experiments[id] != nil { return ("unique", "experimentId", id) }
        experiments[id] = ExperimentFigures(
            userID: user, experimentType: try event.text("experimentType"), status: "pending")
        return nil
    }

    mutating func completeExperiment(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("experimentId")
        guard var experiment = experiments[id] else { return ("exists", "experimentId", id) }
        if experiment.status != "pending" { return ("state", "experimentId", id) }
        experiment.status = "completed"
        experiment.tokensUsed = try event.whole("metadata", "tokensUsed")
        experiment.provider = (event.data["metadata"] as? [String: Any])?["provider"] as? String
        experiment.completedAt = event.time
        experiments[id] = experiment
        return nil
    }

    mutating func createTransaction(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("transactionId")
        let user = try event.text("userId")
        if let missing = missing(user: user, "userId") { return missing }
        if transactions[id] != nil { return ("unique", "transactionId", id) }
        transactions[id] = TransactionFigures(
            userID: user, type: try event.text("type"), status: try event.text("status"),
            currency: try event.text("currency"), amount: try event.decimal("amount"))
        return nil
    }
}

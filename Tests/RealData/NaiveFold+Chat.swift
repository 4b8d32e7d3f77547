// Sessions and messages: the figures of a session, of its owner (not of the message's author) and of its agent.

extension NaiveFold {
    mutating func startSession(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("sessionId")
        let owner = try event.text("userId")
        let agent = try event.text("agentId")
        if let missing = missing(user: owner, "userId") { return missing }
        if agents[agent] == nil { return ("exists", "agentId", agent) }
        if sessions[id] != nil { return ("unique", "sessionId", id) }
        sessions[id] = SessionFigures(owner: owner, createdAt: event.time, updatedAt: event.time)
        agentOfSession[id] = agent
        users[owner]?.totalSessions? += 1
        agents[agent]?.totalSessions? += 1
        if usersOfAgent[agent, default: []].insert(owner).inserted { agents[agent]?.totalUsers? += 1 }
        return nil
    }

    mutating func send(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("messageId")
        let sessionID = try event.text("sessionId")
        let tokens = try event.whole("tokens")
        guard var session = sessions[sessionID], let agent = agentOfSession[sessionID], let owner = session.owner
        else { return ("exists", "sessionId", sessionID) }
        if let missing = missing(user: try event.text("userId"), "userId") { return missing }
        if messages[id] != nil { return ("unique", "messageId", id) }
        messages[id] = MessageFigures(sessionID: sessionID, role: try event.text("role"), tokens: tokens)

        session.messageCount? += 1
        session.totalTokens? += tokens
        session.lastMessageAt = max(session.lastMessageAt ?? event.time, event.time)
        session.durationMs = (session.lastMessageAt ?? 0) - (session.createdAt ?? 0)
        session.updatedAt = event.time
        sessions[sessionID] = session

        if var user = users[owner] {
            user.totalMessages? += 1
            user.totalTokens? += tokens
            user.lastActiveAt = max(user.lastActiveAt ?? event.time, event.time)
            users[owner] = user
        }
        agents[agent]?.totalMessages? += 1
        return nil
    }

    mutating func rate(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("messageId")
        if messages[id] == nil { return ("exists", "messageId", id) }
        messages[id]?.rating = try event.whole("rating")
        return nil
    }
}

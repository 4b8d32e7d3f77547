internal import BSON
internal import Schema

extension ChatMessages {
    static func send(_ context: GuardContext) {
        context.requireWhole(field.tokens)
        _ = context.require(Users.self, sent.userID)
        _ = context.require(Users.self, field.ratingUserID)
        guard let session = context.require(ChatSessions.self, ChatSessions.field.sessionID, by: field.sessionID) else {
            return
        }
        if session[ChatSessions.field.isArchived] == true {
            context.refuse(.state, field.sessionID, "the session is archived; session.restored takes it out first")
        } else if session[ChatSessions.field.isActive] == false {
            context.refuse(.state, field.sessionID, "the session has ended; session.reopened lets it go on")
        }
        context.resolve(resolved.message, context.documentID)
        if !resolveParties(of: session, context) { refuseOwnerless(session, context) }
        context.resolveUserSince(session[ChatSessions.field.userID])
    }

    static func edit(_ context: GuardContext) {
        context.requireWhole(edited.tokens)
        guard let message = known(context) else { return }
        context.resolve(resolved.wasTokens, message.count(field.tokens))
        guard let session = requireSession(of: message, context) else { return }
        context.resolve(resolved.owner, session[ChatSessions.field.userID])
        resolveLastMessage(of: session, without: nil, context)
    }

    static func delete(_ context: GuardContext) {
        guard let message = known(context) else { return }
        context.resolve(resolved.wasTokens, message.count(field.tokens))
        if let session = resolveSession(of: message, context) {
            context.resolve(resolved.owner, session[ChatSessions.field.userID])
            resolveLastMessage(of: session, without: message.id, context)
        }
    }

    /// The message that the event names.
    static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let message = context.require(Self.self, field.messageID, by: deleted.messageID) else { return nil }
        context.resolve(resolved.message, message.id)
        context.resolve(resolved.wasCreatedAt, message[field.createdAt])
        return message
    }

    /// The message's session with its parties, where it still exists.
    static func resolveSession(of message: Existing<Self>, _ context: GuardContext) -> Existing<ChatSessions>? {
        guard let sessionID = message[field.sessionID],
            let session = context.find(ChatSessions.self, (ChatSessions.field.sessionID, sessionID))
        else { return nil }
        _ = resolveParties(of: session, context)
        return session
    }

    /// As `resolveSession`, for events that bring text: it is kept under the key of the session's owner.
    static func requireSession(of message: Existing<Self>, _ context: GuardContext) -> Existing<ChatSessions>? {
        guard let sessionID = message[field.sessionID],
            let session = context.find(ChatSessions.self, (ChatSessions.field.sessionID, sessionID))
        else {
            context.refuse(.exists, deleted.messageID, "the message's session was deleted; it can only be deleted too")
            return nil
        }
        if !resolveParties(of: session, context) { refuseOwnerless(session, context) }
        return session
    }

    /// Resolves whose counters a message of the session changes; false where its owner is gone.
    private static func resolveParties(of session: Existing<ChatSessions>, _ context: GuardContext) -> Bool {
        context.resolve(resolved.session, session.id)
        let agent = session[ChatSessions.field.agentID].flatMap { context.find(Agents.self, id: $0) }
        context.resolve(resolved.agent, agent?.id)
        guard let owner = session[ChatSessions.field.userID], context.find(Users.self, id: owner) != nil else {
            return false
        }
        context.resolveOwner(resolved.user, owner)
        if let slug = agent?[Agents.field.id] {
            let subscription = context.find(
                AgentSubscriptions.self, (AgentSubscriptions.field.userID, owner),
                (AgentSubscriptions.field.agentID, slug))
            context.resolve(resolved.subscription, subscription?.id)
        }
        return true
    }

    private static func refuseOwnerless(_ session: Existing<ChatSessions>, _ context: GuardContext) {
        context.refuse(
            .exists, ChatSessions.field.userID.descriptor.name,
            value: session[ChatSessions.field.userID]?.description, "the session's owner exists no longer")
    }

    /// What `stats.lastMessageAt` and `stats.durationMs` are after the event.
    private static func resolveLastMessage(
        of session: Existing<ChatSessions>, without message: ObjectID?, _ context: GuardContext
    ) {
        guard let sessionID = session[ChatSessions.field.sessionID], let start = session[ChatSessions.field.createdAt]
        else { return }
        context.scan(
            Self.self, index: "sessionId_1_createdAt_1", field.sessionID, sessionID, backward: true
        ) { other in
            guard other.id != message, let last = other[field.createdAt] else { return true }
            context.resolve(resolved.lastMessageAt, last)
            context.resolve(resolved.durationMs, max(0, last.milliseconds - start.milliseconds))
            return false
        }
    }
}

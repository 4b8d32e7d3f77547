internal import BSON
internal import Schema

extension ChatCanvasProjects {
    // MARK: The project

    static func create(_ context: GuardContext) {
        context.resolve(resolved.project, context.documentID)
        context.resolve(resolved.user, context.require(Users.self, field.userID)?.id)
        context.concerns(user: context[field.userID])
        context.requireWhole(field.maxCollaborators)
        checkCollaborators(context)
    }

    static func change(_ context: GuardContext) {
        guard let project = known(context) else { return }
        refuse(unless: ["active"], project, context)
        requireOwner(of: project, context)
        guard context.patches(field.maxCollaborators) else { return }
        let value = context.valueSet(field.maxCollaborators)
        if let value, !value.isNull, value.int64 == nil {
            return context.refuse(
                .cast, "set.settings.maxCollaborators", value: value.plainText, "must be a whole number")
        }
        let limit = value?.int64 ?? standardLimit
        let present = collaboratorCount(project)
        if present > limit {
            context.refuse(
                .limit, "set.settings.maxCollaborators", value: String(limit),
                "the project has \(present) collaborators: canvasProject.collaboratorLeft comes first")
        }
    }

    static func move(_ context: GuardContext, from statuses: [String]) {
        if let project = known(context) { refuse(unless: statuses, project, context) }
    }

    // MARK: Collaborators

    static func join(_ context: GuardContext) {
        let user = context.require(Users.self, joined.userID)?.id
        guard let project = known(context) else { return }
        refuse(unless: ["active"], project, context)
        if let user, role(of: user, in: project) != nil {
            context.refuse(
                .unique, joined.userID,
                "is a collaborator already: canvasProject.collaboratorRoleChanged gives another role")
        }
        requireOwnRole(context[joined.role], joined.role, of: user, in: project, context)
        let limit = project[field.maxCollaborators] ?? standardLimit
        if collaboratorCount(project) >= limit {
            context.refuse(
                .limit, joined.projectID,
                "the project has all of its \(limit) collaborators: one leaves, or canvasProject.changed raises "
                    + "settings.maxCollaborators (50 at most)")
        }
    }

    static func leave(_ context: GuardContext) {
        guard let project = known(context) else { return }
        refuse(unless: ["active", "archived"], project, context)
        guard let user = context[left.userID] else { return }
        if user == project[field.userID] {
            context.refuse(.state, left.userID, "owns the project and cannot leave it: canvasProject.deleted ends it")
        } else {
            _ = requireListed(user, in: project, context)
        }
    }

    static func changeRole(_ context: GuardContext) {
        guard let project = known(context) else { return }
        refuse(unless: ["active", "archived"], project, context)
        guard let user = context[roleChanged.userID], let role = context[roleChanged.role] else { return }
        guard let present = requireListed(user, in: project, context) else { return }
        requireOwnRole(role, roleChanged.role, of: user, in: project, context)
        if present == role { context.refuse(.state, roleChanged.role, "is the collaborator's role already") }
    }

    // MARK: Work

    static func act(_ context: GuardContext) -> Existing<Self>? {
        let user = context.require(Users.self, work.userID)?.id
        guard let project = known(context) else { return nil }
        refuse(unless: ["active"], project, context)
        requireOwner(of: project, context)
        guard let user, user != project[field.userID] else { return project }
        switch role(of: user, in: project) {
        case nil:
            context.refuse(
                .permission, work.userID, "is no collaborator: canvasProject.collaboratorJoined comes first")
        case "viewer"?:
            context.refuse(
                .permission, work.userID,
                "is a viewer: canvasProject.collaboratorRoleChanged can make them an editor")
        default: break
        }
        return project
    }

    static func removeFile(_ context: GuardContext) {
        if let project = act(context), project.count(field.totalFiles) < 1 {
            context.refuse(.state, work.projectID, "the project has no file left to remove")
        }
    }

    // MARK: What they share

    /// Where the project does not say.
    private static let standardLimit: Int64 = 10

    /// The project that the event names.
    private static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let project = context.require(Self.self, field.projectID, by: named.projectID) else { return nil }
        context.resolve(resolved.project, project.id)
        context.resolve(resolved.user, project[field.userID])
        context.resolve(resolved.wasStatus, project[field.status])
        context.concerns(user: project[field.userID])
        return project
    }

    private static func refuse(unless statuses: [String], _ project: Existing<Self>, _ context: GuardContext) {
        let status = project[field.status] ?? "active"
        guard !statuses.contains(status) else { return }
        let remedy =
            statuses == ["deleted"]
            ? ": canvasProject.deleted comes first"
            : status == "active" ? "" : ": canvasProject.restored brings it back"
        context.refuse(
            .state, field.projectID,
            "the project is \(status); \(context.type) is for one that is \(statuses.joined(separator: " or "))"
                + remedy)
    }

    /// What people write is kept under the key of the project's owner.
    private static func requireOwner(of project: Existing<Self>, _ context: GuardContext) {
        guard let owner = project[field.userID], context.find(Users.self, id: owner) == nil else { return }
        context.refuse(
            .exists, field.userID.descriptor.name, value: owner.description,
            "the project's owner exists no longer: it takes no more work, and can be deleted")
    }

    /// The collaborators that a new project brings.
    private static func checkCollaborators(_ context: GuardContext) {
        var users: Set<ObjectID> = []
        var count = 0
        context.data[field.collaborators.path]?.document?.forEach { _, element in
            let place = "\(field.collaborators.descriptor.name).\(count)"
            count += 1
            guard let user = Self.user(of: element) else {
                return context.refuse(.required, place, "needs a userId")
            }
            let value = user.description
            if !users.insert(user).inserted {
                context.refuse(.unique, place + ".userId", value: value, "is in the list already: name each user once")
            }
            if context.find(Users.self, id: user) == nil {
                context.refuse(.exists, place + ".userId", value: value, "no document of users has this _id")
            }
            let role = role(of: element)
            if user == context[field.userID], role != "owner" {
                context.refuse(.condition, place + ".role", value: role, ownersRole)
            }
        }
        let limit = context[field.maxCollaborators] ?? standardLimit
        if count > limit {
            context.refuse(
                .limit, field.collaborators.descriptor.name, value: "\(count) collaborators",
                "settings.maxCollaborators is \(limit): raise it (50 at most) or name fewer")
        }
    }

    private static let ownersRole = "the project's owner can only be listed as owner"

    private static func requireOwnRole(
        _ role: String?, _ place: Field<String>, of user: ObjectID?, in project: Existing<Self>,
        _ context: GuardContext
    ) {
        if let user, user == project[field.userID], role != "owner" {
            context.refuse(.condition, place, ownersRole)
        }
    }

    /// The role of the user whom the event names; refuses where they are no collaborator.
    private static func requireListed(_ user: ObjectID, in project: Existing<Self>, _ context: GuardContext)
        -> String?
    {
        if let role = role(of: user, in: project) { return role }
        context.refuse(
            .exists, left.userID, "is no collaborator of the project: canvasProject.collaboratorJoined makes one")
        return nil
    }

    private static func collaboratorCount(_ project: Existing<Self>) -> Int64 {
        Int64(project.raw[field.collaborators.path]?.document?.count ?? 0)
    }

    /// The role in which a user is listed; nil where they are not.
    private static func role(of user: ObjectID, in project: Existing<Self>) -> String? {
        var found: String?
        project.raw[field.collaborators.path]?.document?.forEach { _, element in
            if Self.user(of: element) == user { found = role(of: element) }
        }
        return found
    }

    private static func role(of element: RawValue) -> String {
        element.document?[collaborator.role.path]?.string ?? "viewer"
    }
}

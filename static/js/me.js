/** Who is looking: the workspaces of the person, and what the person may do in each. */

const told = document.getElementById("shell-data");

/** [{id, name, may: [verb, ...]}], by id. */
export const workspaces = told ? JSON.parse(told.textContent) : [];

const byId = new Map(workspaces.map((workspace) => [workspace.id, workspace]));

export const may = (verb, workspaceId) => byId.get(workspaceId)?.may.includes(verb) ?? false;
export const mayAnywhere = (verb) => workspaces.some((workspace) => workspace.may.includes(verb));
export const workspaceName = (id) => byId.get(id)?.name ?? "";

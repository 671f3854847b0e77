// What a program looks like; with the local server's address: node dist/example.js SITE

import { SuperOffice } from "./client.js";

const [site = "http://127.0.0.1:8080"] = process.argv.slice(2);
const superoffice = new SuperOffice(site, { auth: { basic: { user: "tje0", password: "Tje0" } } });

const ticket = await superoffice.get(1234);
console.log(ticket.Title, ticket.CreatedAt);

const { tickets, missing } = await superoffice.getMany([439, 829, 77777], { select: ["Title", "BaseStatus"] });
for (const { TicketId, Title, BaseStatus } of tickets) console.log(TicketId, Title, BaseStatus === "Closed");
console.log("missing:", missing);

const brief = await superoffice.getMany([439], { project: { Title: "required", OwnedByName: "optional" } });
console.log(brief.tickets[0]?.Title.toUpperCase()); // a required member is never null

// What the compiler refuses:
const refused = async (): Promise<void> => {
  // @ts-expect-error - there is no such field
  await superoffice.getMany([439], { select: ["Titel"] });
  // @ts-expect-error - the member was not selected
  console.log(tickets[0]?.Priority.toFixed());
  // @ts-expect-error - the member may be null
  console.log(brief.tickets[0]?.OwnedByName.toUpperCase());
  // @ts-expect-error - an id is a number
  await superoffice.get("439");
};
void refused;

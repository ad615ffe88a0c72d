//! Activities: tasks and events.

use super::values::{INSTANCES, MONTHS, RECURRENCES, RELATED, TIME_ZONES};
use crate::schema::definition::{
    boolean, combobox, date, datetime, int, is_deleted, owner, picklist, reference, restricted,
    stamps, string, text_area,
};
use crate::schema::sobject::SObject;

pub(super) fn task() -> SObject {
    let fields = [
        vec![
            reference("WhoId", "Who", &["Contact", "Lead"])
                .label("Name ID")
                .children("Tasks"),
            reference("WhatId", "What", &RELATED)
                .label("Related To ID")
                .children("Tasks")
                .cascade(),
            combobox("Subject", &["Call", "Send Letter", "Send Quote", "Other"])
                .not_groupable()
                .name_field(),
            date("ActivityDate").label("Due Date Only"),
            picklist(
                "Status",
                &[
                    "Not Started",
                    "In Progress",
                    "Completed",
                    "Waiting on someone else",
                    "Deferred",
                ],
            )
            .not_nillable()
            .default("Not Started"),
            picklist("Priority", &["High", "Normal", "Low"])
                .not_nillable()
                .default("Normal"),
            boolean("IsHighPriority")
                .label("High Priority")
                .derived("coalesce(\"Priority\" = 'High', 0)"),
            owner(&["Group", "User"]).label("Assigned To ID"),
            text_area("Description", 32_000),
            is_deleted(),
            reference("AccountId", "Account", &["Account"]).read_only(),
            boolean("IsClosed")
                .label("Closed")
                .derived("coalesce(\"Status\" = 'Completed', 0)"),
        ],
        stamps(),
        vec![
            boolean("IsArchived").label("Archived").read_only(),
            int("CallDurationInSeconds").label("Call Duration"),
            restricted("CallType", &["Internal", "Inbound", "Outbound"]).length(40),
            string("CallDisposition", 255).label("Call Result"),
            string("CallObject", 255).label("Call Object Identifier"),
            datetime("ReminderDateTime").label("Reminder Date/Time"),
            boolean("IsReminderSet").label("Reminder Set"),
            reference("RecurrenceActivityId", "RecurrenceActivity", &["Task"]).read_only(),
            boolean("IsRecurrence")
                .label("Create Recurring Series of Tasks")
                .create_only(),
            date("RecurrenceStartDateOnly").label("Recurrence Start"),
            date("RecurrenceEndDateOnly").label("Recurrence End"),
            restricted("RecurrenceTimeZoneSidKey", &TIME_ZONES).label("Recurrence Time Zone"),
            restricted("RecurrenceType", &RECURRENCES),
            int("RecurrenceInterval"),
            int("RecurrenceDayOfWeekMask").label("Recurrence Day of Week Mask"),
            int("RecurrenceDayOfMonth").label("Recurrence Day of Month"),
            restricted("RecurrenceInstance", &INSTANCES),
            restricted("RecurrenceMonthOfYear", &MONTHS).label("Recurrence Month of Year"),
            restricted(
                "TaskSubtype",
                &["Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn"],
            )
            .create_only(),
            datetime("CompletedDateTime")
                .label("Completed Date/Time")
                .read_only(),
        ],
    ];
    SObject::new("Task", "00T", fields.concat())
        .id_label("Activity ID")
        .with_feed()
}

pub(super) fn event() -> SObject {
    let fields = [
        vec![
            reference("WhoId", "Who", &["Contact", "Lead"])
                .label("Name ID")
                .children("Events"),
            reference("WhatId", "What", &RELATED)
                .label("Related To ID")
                .children("Events")
                .cascade(),
            combobox(
                "Subject",
                &["Call", "Email", "Meeting", "Send Letter/Quote", "Other"],
            )
            .not_groupable()
            .name_field(),
            string("Location", 255),
            boolean("IsAllDayEvent").label("All-Day Event"),
            datetime("ActivityDateTime").label("Due Date Time"),
            date("ActivityDate").label("Due Date Only"),
            int("DurationInMinutes").label("Duration"),
            datetime("StartDateTime"),
            datetime("EndDateTime"),
            date("EndDate").read_only(),
            text_area("Description", 32_000),
            reference("AccountId", "Account", &["Account"]).read_only(),
            owner(&["User"]).label("Assigned To ID"),
            boolean("IsPrivate").label("Private"),
            restricted("ShowAs", &["Busy", "OutOfOffice", "Free"])
                .labels(&["Busy", "Out of Office", "Free"])
                .label("Show Time As")
                .default("Busy"),
            is_deleted(),
            boolean("IsChild").read_only(),
            boolean("IsGroupEvent").read_only(),
            restricted("GroupEventType", &["0", "1", "2", "3"])
                .labels(&[
                    "Non Group Event",
                    "Group Event",
                    "Proposed Event",
                    "IsRecurrence2 Series Pattern",
                ])
                .read_only()
                .default("0"),
        ],
        stamps(),
        vec![
            boolean("IsArchived").label("Archived").read_only(),
            reference("RecurrenceActivityId", "RecurrenceActivity", &["Event"]).read_only(),
            boolean("IsRecurrence")
                .label("Create Recurring Series of Events")
                .create_only(),
            datetime("RecurrenceStartDateTime").label("Recurrence Start"),
            date("RecurrenceEndDateOnly").label("Recurrence End"),
            restricted("RecurrenceTimeZoneSidKey", &TIME_ZONES).label("Recurrence Time Zone"),
            restricted("RecurrenceType", &RECURRENCES),
            int("RecurrenceInterval"),
            int("RecurrenceDayOfWeekMask").label("Recurrence Day of Week Mask"),
            int("RecurrenceDayOfMonth").label("Recurrence Day of Month"),
            restricted("RecurrenceInstance", &INSTANCES),
            restricted("RecurrenceMonthOfYear", &MONTHS).label("Recurrence Month of Year"),
            datetime("ReminderDateTime").label("Reminder Date/Time"),
            boolean("IsReminderSet").label("Reminder Set"),
            restricted("EventSubtype", &["Event"]).create_only(),
        ],
    ];
    SObject::new("Event", "00U", fields.concat())
        .id_label("Activity ID")
        .with_feed()
}

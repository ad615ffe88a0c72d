//! Lists that several objects share: choices, and objects that lookups lead to.

pub(super) const INDUSTRIES: [&str; 20] = [
    "Agriculture",
    "Apparel",
    "Banking",
    "Biotechnology",
    "Chemicals",
    "Communications",
    "Construction",
    "Consulting",
    "Education",
    "Electronics",
    "Energy",
    "Engineering",
    "Finance",
    "Government",
    "Healthcare",
    "Retail",
    "Shipping",
    "Textiles",
    "Transportation",
    "Other",
];

pub(super) const RATINGS: [&str; 3] = ["Hot", "Warm", "Cold"];

pub(super) const LEAD_SOURCES: [&str; 5] = [
    "Web",
    "Phone Inquiry",
    "Partner Referral",
    "Purchased List",
    "Other",
];

pub(super) const SALUTATIONS: [&str; 6] = ["Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx."];

pub(super) const CLEAN_STATUS: [&str; 9] = [
    "Matched",
    "Different",
    "Acknowledged",
    "NotFound",
    "Inactive",
    "Pending",
    "SelectMatch",
    "Skipped",
    "Error",
];

pub(super) const TIME_ZONES: [&str; 6] = [
    "GMT",
    "Europe/London",
    "Europe/Zurich",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Tokyo",
];

pub(super) const LOCALES: [&str; 5] = ["en_US", "en_GB", "de_CH", "fr_FR", "ja_JP"];

pub(super) const LANGUAGES: [&str; 4] = ["en_US", "de", "fr", "ja"];

/// Hours of a day, on which users begin and end work.
pub(super) const HOURS: [&str; 24] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
    "17", "18", "19", "20", "21", "22", "23",
];

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const RECURRENCES: [&str; 7] = [
    "RecursDaily",
    "RecursEveryWeekday",
    "RecursMonthly",
    "RecursMonthlyNth",
    "RecursWeekly",
    "RecursYearly",
    "RecursYearlyNth",
];

/// Which of several days in a month.
pub(super) const INSTANCES: [&str; 5] = ["First", "Second", "Third", "Fourth", "Last"];

pub(super) const USER_TYPES: [&str; 5] = [
    "Standard",
    "PowerPartner",
    "CSPLitePortal",
    "CustomerSuccess",
    "Guest",
];

pub(super) const ACCESS: [&str; 4] = ["None", "Read", "Edit", "ControlledByParent"];

/// Objects that activities relate to.
pub(super) const RELATED: [&str; 7] = [
    "Account",
    "Campaign",
    "Case",
    "Opportunity",
    "Product2",
    "Specimen__c",
    "Subscription__c",
];

/// Objects whose records can have attachments.
pub(super) const PARENTS: [&str; 11] = [
    "Account",
    "Campaign",
    "Case",
    "Contact",
    "Event",
    "Lead",
    "Opportunity",
    "Product2",
    "Specimen__c",
    "Subscription__c",
    "Task",
];

/// Objects that files can be linked with.
pub(super) const LINKED: [&str; 14] = [
    "Account",
    "Campaign",
    "Case",
    "Contact",
    "Event",
    "Group",
    "Lead",
    "Opportunity",
    "Organization",
    "Product2",
    "Specimen__c",
    "Subscription__c",
    "Task",
    "User",
];

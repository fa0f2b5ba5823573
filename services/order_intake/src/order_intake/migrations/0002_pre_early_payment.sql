-- What paying early is worth to a customer, as the ERP says it; the release before knows nothing of it.
alter table customers add column early_payment jsonb;

-- IF EXISTS: deploy/provision.ts has moved it to the database of the test provider.
DROP TABLE IF EXISTS `test_provider_charges`;

//! Object identifiers, each encoded whole: tag, length, value.

/// `id-data`: content that is just bytes. RFC 5652 §4. 1.2.840.113549.1.7.1
pub const OID_DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];

/// `id-signedData`. RFC 5652 §5.1. 1.2.840.113549.1.7.2
pub const OID_SIGNED_DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// `id-contentType`, a signed attribute. RFC 5652 §11.1. 1.2.840.113549.1.9.3
pub const OID_CONTENT_TYPE: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];

/// `id-messageDigest`, a signed attribute. RFC 5652 §11.2. 1.2.840.113549.1.9.4
pub const OID_MESSAGE_DIGEST: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];

/// `id-signingTime`, a signed attribute. RFC 5652 §11.3. 1.2.840.113549.1.9.5
pub const OID_SIGNING_TIME: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5];

/// `id-sha256`. RFC 5754 §2.2. 2.16.840.1.101.3.4.2.1
pub const OID_SHA256: &[u8] = &[0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// `id-sha384`. RFC 5754 §2.3. 2.16.840.1.101.3.4.2.2
pub const OID_SHA384: &[u8] = &[0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];

/// `id-sha512`. RFC 5754 §2.4. 2.16.840.1.101.3.4.2.3
pub const OID_SHA512: &[u8] = &[0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];

/// `rsaEncryption`. RFC 3370 §3.2. 1.2.840.113549.1.1.1
pub const OID_RSA_ENCRYPTION: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

/// `sha256WithRSAEncryption`. RFC 5754 §3.2. 1.2.840.113549.1.1.11
pub const OID_RSA_WITH_SHA256: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];

/// `sha384WithRSAEncryption`. RFC 5754 §3.2. 1.2.840.113549.1.1.12
pub(crate) const OID_RSA_WITH_SHA384: &[u8] =
    &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12];

/// `sha512WithRSAEncryption`. RFC 5754 §3.2. 1.2.840.113549.1.1.13
pub const OID_RSA_WITH_SHA512: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13];

/// `ecdsa-with-SHA384`. RFC 5754 §3.3. 1.2.840.10045.4.3.3
pub const OID_ECDSA_WITH_SHA384: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];

/// `ecdsa-with-SHA512`. RFC 5754 §3.3. 1.2.840.10045.4.3.4
pub(crate) const OID_ECDSA_WITH_SHA512: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];

/// `ecdsa-with-SHA256`. RFC 5754 §3.3. 1.2.840.10045.4.3.2
pub const OID_ECDSA_WITH_SHA256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

/// `SPC_INDIRECT_DATA_OBJID`: what Authenticode signs. [MS-OSHARED] 2.3.2.4.3. 1.3.6.1.4.1.311.2.1.4
pub(crate) const OID_SPC_INDIRECT_DATA: &[u8] = &[0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 4];

/// `SPC_STATEMENT_TYPE_OBJID`, a signed attribute of Authenticode. 1.3.6.1.4.1.311.2.1.11
pub(crate) const OID_SPC_STATEMENT_TYPE: &[u8] =
    &[0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 11];

/// `SPC_SP_OPUS_INFO_OBJID`, a signed attribute of Authenticode. 1.3.6.1.4.1.311.2.1.12
pub(crate) const OID_SPC_SP_OPUS_INFO: &[u8] = &[0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 12];

/// `SPC_INDIVIDUAL_SP_KEY_PURPOSE_OBJID`. 1.3.6.1.4.1.311.2.1.21
pub(crate) const OID_SPC_INDIVIDUAL_CODE_SIGNING: &[u8] =
    &[0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 21];

/// `SPC_SIPINFO_OBJID`: the file is judged by a subject interface package. 1.3.6.1.4.1.311.2.1.30
pub(crate) const OID_SPC_SIPINFO: &[u8] = &[0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 1, 30];

/// `keyBag` of PKCS#12: a key that is not encrypted. RFC 7292 §4.2. 1.2.840.113549.1.12.10.1.1
pub(crate) const OID_KEY_BAG: &[u8] =
    &[0x06, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 1];

/// `pkcs8ShroudedKeyBag` of PKCS#12: an encrypted key. RFC 7292 §4.2. 1.2.840.113549.1.12.10.1.2
pub(crate) const OID_SHROUDED_KEY_BAG: &[u8] =
    &[0x06, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2];

/// `id-ecPublicKey`. RFC 5480 §2.1.1. 1.2.840.10045.2.1
pub(crate) const OID_EC_PUBLIC_KEY: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

/// `id-ct-TSTInfo`: what a time-stamp authority signs. RFC 3161 §2.4.2. 1.2.840.113549.1.9.16.1.4
pub(crate) const OID_TST_INFO: &[u8] =
    &[0x06, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];

/// `id-aa-signingCertificate`, a signed attribute. RFC 2634 §5.4. 1.2.840.113549.1.9.16.2.12
pub(crate) const OID_SIGNING_CERTIFICATE: &[u8] =
    &[0x06, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 12];

/// `id-aa-signingCertificateV2`, a signed attribute. RFC 5035 §3. 1.2.840.113549.1.9.16.2.47
pub(crate) const OID_SIGNING_CERTIFICATE_V2: &[u8] =
    &[0x06, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47];

/// `szOID_RFC3161_counterSign`: the unsigned attribute with a time stamp of Authenticode. 1.3.6.1.4.1.311.3.3.1
pub(crate) const OID_RFC3161_STAMP: &[u8] = &[0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 3, 3, 1];

/// `id-ce-extKeyUsage`, an extension of certificates. RFC 5280 §4.2.1.12. 2.5.29.37
pub(crate) const OID_EXTENDED_KEY_USAGE: &[u8] = &[0x06, 3, 0x55, 0x1d, 37];

/// `id-kp-timeStamping`. RFC 5280 §4.2.1.12. 1.3.6.1.5.5.7.3.8
pub(crate) const OID_TIME_STAMPING: &[u8] = &[0x06, 8, 0x2b, 6, 1, 5, 5, 7, 3, 8];

package sallyport.config;

import java.nio.file.Path;

/**
 * A certificate chain and its private key, both PEM files that exist.
 *
 * @param chain the leaf first, then the intermediates
 * @param key PKCS#8 or a traditional EC or RSA key
 */
public record CertificateConfig(
    Path chain, ConfigLocation chainLocation, Path key, ConfigLocation keyLocation) {}

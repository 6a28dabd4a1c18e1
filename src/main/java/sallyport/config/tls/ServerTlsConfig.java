package sallyport.config.tls;

import java.time.Duration;
import java.util.List;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * Settings of TLS on a listener.
 *
 * @param certificates at least one; chosen by SNI, then by key type; the first is the default
 * @param rejectUnknownSni true ({@code unknown-sni = reject}): a name that no certificate covers is
 *     refused; false ({@code unknown-sni = default}): it gets the first certificate
 * @param clientHelloMaxBytes the largest ClientHello that is read, 512 to 65536
 * @param clientHelloTimeout from accept to a complete ClientHello; above 0
 * @param handshakeTimeout from the start of the handshake to its end; above 0
 * @param tickets session tickets
 * @param cache sessions of TLS 1.2 that are resumed without tickets
 * @param stapling whether issuers are asked what they say of the certificates (OCSP), for clients
 * @param handshakes how much of an event loop they may take
 */
public record ServerTlsConfig(
    PolicyName policy,
    List<CertificateConfig> certificates,
    @Section(value = "client-auth", apart = "compared where both ask for certificates")
        ClientAuthConfig clientAuth,
    boolean rejectUnknownSni,
    int clientHelloMaxBytes,
    @Limit(key = "client-hello.timeout", min = "10ms", max = "1m", looser = Looser.RAISED)
        Duration clientHelloTimeout,
    @Limit(key = "handshake-timeout", min = "10ms", max = "5m", looser = Looser.RAISED)
        Duration handshakeTimeout,
    @Section("session-tickets") SessionTicketsConfig tickets,
    @Section("session-cache") SessionCacheConfig cache,
    boolean stapling,
    @Section("handshakes") HandshakesConfig handshakes) {}

package sallyport.config.http;

import java.util.List;
import java.util.Locale;

/**
 * Request field by which a client could pass for another one, or ask for something else than its
 * request line does.
 *
 * @param name in lower case; a {@code *} at its end stands for anything
 * @param kind what it tells
 * @param believedBy a product that reads it, or that documents it for those behind it
 */
public record IdentityField(String name, Kind kind, String believedBy) {
  /** Information of a field for a backend. */
  public enum Kind {
    /** Who the client is by its certificate. */
    CERTIFICATE,
    /** Where the client is. */
    ADDRESS,
    /** By which scheme, host and path the client asked. */
    FORWARDING,
    /** Another method, path or destination than the request line has. */
    ROUTING,
    /** Which user has been authenticated. */
    USER
  }

  /** Every field that is known, by kinds. */
  public static final List<IdentityField> TABLE =
      """
      certificate | cert-chain*                 | Keycloak behind Apache (CERT_CHAIN_n)
      certificate | cf-cert-*                   | Cloudflare, managed transforms
      certificate | cf-client-cert*             | Cloudflare, client certificate forwarding
      certificate | client-cert                 | RFC 9440
      certificate | client-cert-chain           | RFC 9440
      certificate | l5d-client-id               | Linkerd
      certificate | ssl-cert*                   | Keycloak behind HAProxy
      certificate | ssl-client*                 | Keycloak, Tomcat SSLValve, Apache mod_ssl as fields
      certificate | wl-proxy-client-cert        | WebLogic plug-in
      certificate | wl-proxy-client-keysize     | WebLogic plug-in
      certificate | wl-proxy-client-secretkeysize | WebLogic plug-in
      certificate | x-amzn-mtls-clientcert*     | AWS Application Load Balancer
      certificate | x-arr-clientcert            | Azure App Service, IIS ARR
      certificate | x-client-cert*              | Google Cloud load balancers, ASP.NET Core samples
      certificate | x-client-dn                 | Puppet Server
      certificate | x-client-verify             | Puppet Server
      certificate | x-forwarded-client-cert*    | Envoy, Istio
      certificate | x-forwarded-ssl-client*     | HAProxy guides
      certificate | x-forwarded-tls-client*     | Traefik
      certificate | x-ssl-*                     | HAProxy and nginx guides, Jenkins, Rails
      certificate | x-tls-client*               | nginx guides
      address     | cf-connecting-ip            | Cloudflare
      address     | cf-connecting-ipv6          | Cloudflare
      address     | cf-pseudo-ipv4              | Cloudflare
      address     | client-ip                   | NetScaler, PHP frameworks
      address     | coming-from                 | PHP frameworks
      address     | do-connecting-ip            | DigitalOcean
      address     | fastly-client-ip            | Fastly
      address     | fly-client-ip               | Fly.io
      address     | forwarded-for               | PHP frameworks
      address     | forwarded-for-ip            | PHP frameworks
      address     | http-client-ip              | PHP frameworks
      address     | incap-client-ip             | Imperva
      address     | proxy-client-ip             | WebLogic plug-in
      address     | remote-addr                 | PHP frameworks
      address     | true-client-ip              | Akamai, Cloudflare
      address     | wl-proxy-client-ip          | WebLogic plug-in
      address     | wl-proxy-client-port        | WebLogic plug-in
      address     | x-appengine-remote-addr     | Google App Engine
      address     | x-appengine-user-ip         | Google App Engine
      address     | x-azure-clientip            | Azure Front Door
      address     | x-azure-socketip            | Azure Front Door
      address     | x-client-ip                 | Apache mod_remoteip
      address     | x-cluster-client-ip         | Zeus, Rackspace
      address     | x-coming-from               | PHP frameworks
      address     | x-nf-client-connection-ip   | Netlify
      address     | x-original-for              | ASP.NET Core
      address     | x-original-forwarded-for    | ingress-nginx
      address     | x-originating-ip            | PHP frameworks
      address     | x-proxyuser-ip              | Google services
      address     | x-real-ip                   | nginx, Traefik, Go chi
      address     | x-real-port                 | nginx guides
      address     | x-remote-addr               | PHP frameworks
      address     | x-remote-ip                 | PHP frameworks
      address     | x-sucuri-clientip           | Sucuri
      address     | x-vercel-forwarded-for      | Vercel
      forwarding  | cf-visitor                  | Cloudflare
      forwarding  | cloudfront-forwarded-proto  | Amazon CloudFront
      forwarding  | front-end-https             | Microsoft ISA Server, Exchange
      forwarding  | https                       | PHP frameworks
      forwarding  | wl-proxy-ssl                | WebLogic plug-in
      forwarding  | x-arr-ssl                   | IIS ARR
      forwarding  | x-forwarded                 | PHP frameworks
      forwarding  | x-forwarded-*               | Spring, Traefik, Caddy, Symfony and others
      forwarding  | x-host                      | PHP frameworks
      forwarding  | x-http-host-override        | PHP frameworks
      forwarding  | x-https                     | PHP frameworks
      forwarding  | x-original-host             | Azure Application Gateway, ASP.NET Core
      forwarding  | x-original-prefix           | ASP.NET Core
      forwarding  | x-original-proto            | ASP.NET Core
      forwarding  | x-proxycontextpath          | Apache NiFi
      forwarding  | x-proxyhost                 | Apache NiFi
      forwarding  | x-proxyport                 | Apache NiFi
      forwarding  | x-proxyscheme               | Apache NiFi
      forwarding  | x-scheme                    | ingress-nginx
      forwarding  | x-script-name               | WSGI applications
      forwarding  | x-ssl                       | HAProxy guides
      forwarding  | x-url-scheme                | Rails, WSGI applications
      routing     | l5d-*                       | Linkerd
      routing     | proxy                       | CGI programs (httpoxy, CVE-2016-5385)
      routing     | spring-cloud-function-*     | Spring Cloud Function (CVE-2022-22963)
      routing     | x-accel-*                   | nginx, Rack::Sendfile
      routing     | x-envoy-*                   | Envoy
      routing     | x-http-destinationurl       | IIS modules
      routing     | x-http-method               | WCF, OData, SharePoint
      routing     | x-http-method-override      | Rails, Spring, Express, Google APIs
      routing     | x-http-path-override        | PHP frameworks
      routing     | x-http2-*                   | Netty
      routing     | x-invoke-*                  | Next.js
      routing     | x-istio-*                   | Istio
      routing     | x-method-override           | Express
      routing     | x-middleware-subrequest*    | Next.js (CVE-2025-29927)
      routing     | x-original-method           | ingress-nginx
      routing     | x-original-uri              | nginx auth_request
      routing     | x-original-url              | IIS, Symfony, Zend (CVE-2018-14773)
      routing     | x-rewrite-url               | IIS, Symfony, Zend (CVE-2018-14773)
      routing     | x-sendfile*                 | Apache mod_xsendfile, Rack::Sendfile
      routing     | x-waws-unencoded-url        | Azure App Service
      user        | $ws*                        | WebSphere plug-in
      user        | auth-user                   | CGI programs
      user        | cf-access-authenticated-*   | Cloudflare Access
      user        | eppn                        | Shibboleth
      user        | iv-*                        | IBM WebSEAL
      user        | mellon-*                    | Apache mod_auth_mellon
      user        | oam-*                       | Oracle Access Manager
      user        | oidc-*                      | Apache mod_auth_openidc
      user        | remote-email                | Authelia
      user        | remote-groups               | Authelia
      user        | remote-name                 | Authelia
      user        | remote-user                 | Apache, CGI programs, Authelia
      user        | shib-*                      | Shibboleth
      user        | sm-universalid              | SiteMinder
      user        | sm-user*                    | SiteMinder
      user        | tailscale-user-*            | Tailscale
      user        | x-amzn-oidc-*               | AWS Application Load Balancer
      user        | x-apigateway-api-userinfo   | Google API Gateway
      user        | x-auth-email                | Keycloak Gatekeeper
      user        | x-auth-groups               | Keycloak Gatekeeper
      user        | x-auth-request-*            | oauth2-proxy
      user        | x-auth-roles                | Keycloak Gatekeeper
      user        | x-auth-subject              | Keycloak Gatekeeper
      user        | x-auth-user                 | Keycloak Gatekeeper
      user        | x-auth-userid               | Keycloak Gatekeeper
      user        | x-auth-username             | Keycloak Gatekeeper
      user        | x-authenticated-*           | Kong
      user        | x-authentik-*               | authentik
      user        | x-consumer-*                | Kong
      user        | x-credential-*              | Kong
      user        | x-endpoint-api-userinfo     | Google Endpoints
      user        | x-forwarded-access-token    | oauth2-proxy
      user        | x-forwarded-email           | oauth2-proxy
      user        | x-forwarded-groups          | oauth2-proxy
      user        | x-forwarded-preferred-username | oauth2-proxy
      user        | x-forwarded-user            | oauth2-proxy, Traefik
      user        | x-goog-authenticated-user-* | Google Identity-Aware Proxy
      user        | x-ms-client-principal*      | Azure App Service
      user        | x-pomerium-claim-*          | Pomerium
      user        | x-proxy-remote-user         | CGI programs
      user        | x-remote-extra-*            | Kubernetes API server
      user        | x-remote-group              | Kubernetes API server
      user        | x-remote-user               | Kubernetes API server, Nexus, Zabbix
      user        | x-token-subject             | Keycloak Gatekeeper
      user        | x-userinfo                  | Kong
      user        | x-vouch-*                   | Vouch Proxy
      user        | x-webauth-*                 | Grafana, Gitea
      """
          .lines()
          .map(IdentityField::parse)
          .toList();

  private static IdentityField parse(String line) {
    String[] parts = line.split("\\|", 3);
    return new IdentityField(
        parts[1].strip(),
        Kind.valueOf(parts[0].strip().toUpperCase(Locale.ROOT)),
        parts[2].strip());
  }
}

package sallyport.config.listener;

import sallyport.values.CidrSet;

/**
 * Trusted proxies.
 *
 * @param trusted whose word is taken: on whose behalf a connection or a request is
 * @param header whether connections from these begin with a PROXY protocol header
 */
public record ProxiesConfig(CidrSet trusted, boolean header) {}

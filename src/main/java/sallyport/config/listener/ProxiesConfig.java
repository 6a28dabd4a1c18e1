package sallyport.config.listener;

import sallyport.values.CidrSet;

/**
 * Who may speak for others.
 *
 * @param trusted whose word is taken: on whose behalf a connection or a request is
 * @param header whether connections from these begin with a PROXY protocol header
 */
public record ProxiesConfig(CidrSet trusted, boolean header) {}

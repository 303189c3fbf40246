# A pool of OpenStack servers that are Nomad clients: grows when its nodes are allocated to more than 70 %, for CPU or for
# memory, whichever asks for more, and gives one node back at a time. The nodes are the clients whose node_class is the same
# as here; the servers carry the tag of the pool. Credentials stand in the agent's configuration, target "os-nova".
scaling "worker-pool" {
  enabled = false # an example: say true once it fits your job
  type    = "cluster"
  min     = 1
  max     = 8

  policy {
    evaluation_interval  = "1m"
    cooldown             = "5m"
    cooldown_on_scale_up = "2m"

    check "cpu" {
      source = "nomad-apm"
      query  = "percentage-allocated_cpu"

      strategy "target-value" {
        target         = 70
        max_scale_up   = 2
        max_scale_down = 1
      }
    }

    check "memory" {
      source = "nomad-apm"
      query  = "percentage-allocated_memory"

      strategy "target-value" {
        target         = 70
        max_scale_up   = 2
        max_scale_down = 1
      }
    }

    target "os-nova" {
      pool_name              = "workers"
      name_prefix            = "worker-"
      image_name             = "nomad-client"
      flavor_name            = "m1.large"
      network_name           = "workers"
      security_groups        = "default"
      availability_zones     = "az1,az2"
      evenly_split_azs       = true
      node_class             = "worker"
      node_selector_strategy = "least_busy"
      node_drain_deadline    = "15m"
      node_purge             = true
    }
  }
}
